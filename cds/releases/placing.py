"""Puts the texts of one language into the documents of a release, in the place of the keys."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from cds.foundation.yaml import Document
from cds.releases.documents import Documents

WHOLE = ("words", "phrases", "sentences", "prefetch-names", "offer-text", "texts")
"""The parts of cards.yaml that are texts only, and stand in a texts file as they do there."""


def placed(documents: Documents, said: Mapping[str, Any]) -> Documents:
    """The documents as they would stand if they had been written with these texts in them, in the form of before there were languages."""
    return dataclasses.replace(
        documents,
        facts=_with(documents.facts, _facts(documents.facts.value, said)),
        cards=_with(documents.cards, _cards(documents.cards.value, said)),
        evidence=_with(documents.evidence, _evidence(documents.evidence.value, said.get("evidence", {}))),
        tables={name: _with(table, _table(table.value, said.get("reasons", {}))) for name, table in documents.tables.items()},
    )


def _with(document: Document, value: Any) -> Document:
    return dataclasses.replace(document, value=value)


def _cards(cards: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **cards,
        **{part: said[part] for part in WHOLE if part in said},
        "service": cards["service"] | said["service"],
        "reason": cards["reason"] | {"display": said["reason"]},
        "override-reasons": [entry | {"display": said["override-reasons"][entry["code"]]} for entry in cards["override-reasons"]],
        "clusters": [{"label": said["clusters"][entry["name"]], "facts": entry["facts"]} for entry in cards["clusters"]],
        "topics": {name: entry | {"display": said["topics"][name]} for name, entry in cards["topics"].items()},
        "cards": [_card(card, said) for card in cards["cards"]],
        "recommendations": [entry | {"meaning": said["recommendations"][entry["code"]]} for entry in cards["recommendations"]],
        **dict(_of_orders(cards, said)),
    }


def _of_orders(cards: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The services and the checks of orders, of a release that has them."""
    if "services" in cards:
        yield "services", [entry | said["services"][entry["hook"]] for entry in cards["services"]]
    if "orders" in cards:
        yield "orders", [_card(check, said) for check in cards["orders"]]


def _card(card: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    summaries = [variant | {"say": said["summaries"][variant["say"]]} for variant in card["summaries"]]
    return {**card, "summaries": summaries, "sections": [one | {"heading": said["headings"][one["heading"]]} for one in card["sections"]]}


def _facts(facts: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    labelled = [entry | said["facts"][entry["name"]] for entry in facts["facts"]]
    shown = [entry | {"label": said["shown"][entry["name"]]} for entry in facts.get("shown", ())]
    return {**facts, "facts": labelled} | ({"shown": shown} if shown else {})


def _evidence(evidence: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    return {**evidence, "evidence": [entry | said.get(entry["key"], {}) for entry in evidence["evidence"]]}


def _table(table: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    return {**table, "rules": [rule | {"because": reasons.get(rule["id"], rule["because"])} for rule in table["rules"]]}
