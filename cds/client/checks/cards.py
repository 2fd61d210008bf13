"""Rows F3 to F8 and F17 to F22: the attributes of every card that was heard (CDS Hooks 3.0, "Card Attributes", "Source", "Link")."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cds.client.checks.visit import Hearing, NotChecked, found, listed, text

MOST = 139
INDICATORS = ("info", "warning", "critical")
HTML = re.compile(r"<(?:[A-Za-z/!?])[^>]*>")
AUTOLINK = re.compile(r"<(?:https?://|mailto:)[^\s<>]*>")
CODE = re.compile(r"(`+)(?:(?!\1).)+\1", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]]*\][(\[]")
OBEYED = ("javascript", "vbscript", "data", "file")
"""Schemes of what a client would run or open by itself; only an icon may be data."""
TARGET = re.compile(r"\]\(\s*<?([A-Za-z][A-Za-z0-9+.-]*):")


def own_uuids(visit: Hearing) -> Iterator[str]:
    """F3."""
    named = [(service, card["uuid"]) for service, card in visit.cards if "uuid" in card]
    if not named:
        raise NotChecked("No card had a uuid.")
    if not all(text(uuid) for _, uuid in named):
        yield "A card's uuid is no text."
    elif len({uuid for _, uuid in named}) < len(named):
        yield "Two cards have one uuid; feedback on them cannot be told apart."


def short(visit: Hearing) -> Iterator[str]:
    """F4: counted in UTF-16 units, which are never fewer than characters."""
    for service, card in _cards(visit):
        summary = card.get("summary")
        if not text(summary):
            yield f"A card of {service} has no summary."
        elif len(str(summary).encode("utf-16-le", "surrogatepass")) // 2 > MOST:
            yield f"A summary of {service} is longer than {MOST} characters."


def markdown(visit: Hearing) -> Iterator[str]:
    """F5: HTML in Markdown is allowed with caution; clients are known to render whatever comes."""
    for service, card in _having(visit, "detail"):
        detail = card["detail"]
        if not isinstance(detail, str):
            yield f"A detail of {service} is no text."
            continue
        read = AUTOLINK.sub("", CODE.sub("", detail))
        if HTML.search(read) or IMAGE.search(read):
            yield f"A detail of {service} has HTML or an image in it, which clients render as it is."
        if any(scheme.lower() not in ("http", "https", "mailto", "tel") for scheme in TARGET.findall(read)):
            yield f"A detail of {service} links to what is neither http nor https."


def indicators(visit: Hearing) -> Iterator[str]:
    """F6."""
    yield from (f"A card of {service} has an indicator that the standard does not know." for service, card in _cards(visit) if _odd(card))


def sources(visit: Hearing) -> Iterator[str]:
    """F7."""
    for service, card in _cards(visit):
        source = card.get("source")
        if not isinstance(source, Mapping) or not text(source.get("label")):
            yield f"A card of {service} has no source with a label."
        elif not all(_absolute(source[name], data=name == "icon") for name in ("url", "icon") if name in source):
            yield f"The source of a card of {service} has a url or icon that is not absolute."


def topics(visit: Hearing) -> Iterator[str]:
    """F8."""
    told = [(service, card["source"]["topic"]) for service, card in _cards(visit) if "topic" in _source(card)]
    if not told:
        raise NotChecked("No source had a topic.")
    yield from (f"The topic of a card of {service} lacks code or system." for service, topic in told if not _coding(topic, "code", "system"))


def reasons(visit: Hearing) -> Iterator[str]:
    """F17."""
    for service, card in _having(visit, "overrideReasons"):
        if not all(_coding(reason, "code", "system", "display") for reason in card["overrideReasons"]):
            yield f"An override reason of {service} lacks code, system or display."


def links(visit: Hearing) -> Iterator[str]:
    """F19."""
    for service, link in _links(visit):
        if not text(link.get("label")) or link.get("type") not in ("absolute", "smart") or not _absolute(link.get("url")):
            yield f"A link of {service} lacks a label, an absolute url that leads to a page, or the type absolute or smart."


def app_contexts(visit: Hearing) -> Iterator[str]:
    """F20."""
    for service, link in _links(visit):
        if "appContext" in link and link.get("type") == "absolute":
            yield f"A link of {service} has appContext and is not smart."


def autolaunched(visit: Hearing) -> Iterator[str]:
    """F21."""
    for service, link in _links(visit):
        if not isinstance(link.get("autolaunchable", False), bool):
            yield f"autolaunchable of a link of {service} is no boolean."


def system_actions(visit: Hearing) -> Iterator[str]:
    """F22: this client agreed to none."""
    if not visit.answers:
        raise NotChecked("No call was answered with 200.")
    for one in visit.answers:
        if found(one.reply, "systemActions"):
            yield f"{one.service} sent systemActions, on which nobody had agreed."


def _odd(card: Mapping[str, Any]) -> bool:
    return card.get("indicator") not in INDICATORS


def _cards(visit: Hearing) -> list[tuple[str, dict[str, Any]]]:
    if not visit.cards:
        raise NotChecked("No call got a card.")
    return visit.cards


def _having(visit: Hearing, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The cards that have that attribute with a value; an empty one is another row's fault (A2)."""
    having = [(service, card) for service, card in _cards(visit) if card.get(name)]
    if not having:
        raise NotChecked(f"No card had {name}.")
    return having


def _links(visit: Hearing) -> list[tuple[str, dict[str, Any]]]:
    return [(service, link) for service, card in _having(visit, "links") for link in listed(card["links"])]


def _source(card: Mapping[str, Any]) -> Mapping[str, Any]:
    source = card.get("source")
    return source if isinstance(source, Mapping) else {}


def _coding(value: Any, *names: str) -> bool:
    return isinstance(value, Mapping) and all(text(value.get(name)) for name in names)


def _absolute(value: Any, *, data: bool = False) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        return False
    return (data and parts.scheme == "data") or bool(parts.scheme and parts.netloc and parts.scheme not in OBEYED)


CHECKS = MappingProxyType(
    {
        "F3": own_uuids,
        "F4": short,
        "F5": markdown,
        "F6": indicators,
        "F7": sources,
        "F8": topics,
        "F17": reasons,
        "F19": links,
        "F20": app_contexts,
        "F21": autolaunched,
        "F22": system_actions,
    }
)
