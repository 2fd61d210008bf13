"""facts.yaml to FactDefinitions."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cds.facts import FactDefinition, FactDefinitions, Gate, PartLimit, RecordSource, ShownDefinition
from cds.foundation.errors import ContentError
from cds.foundation.yaml import Document


def read(document: Document) -> FactDefinitions:
    """The definitions in the order of the file; the document has been checked against its schema.

    Raises ContentError for a name of a fact or of a prefetch key that the file does not have.
    """
    value = document.value
    facts = {entry["name"]: _fact(entry) for entry in value["facts"]}
    shown = tuple(_shown(entry) for entry in value.get("shown", ()))
    first_page = tuple(value.get("first-page", ()))
    _check(facts, shown, {*first_page, *(key for fact in facts.values() for key in (*fact.given, *fact.whole))} - value["prefetch"].keys())
    return FactDefinitions(
        facts=facts,
        stale_after=timedelta(hours=int(value["response"]["stale-hours"])),
        skew=timedelta(minutes=int(value["response"]["skew-minutes"])),
        prefetch=value["prefetch"],
        required=tuple(value["required"]),
        trigger=value["trigger"],
        first_page=first_page,
        shown=shown,
    )


def _check(facts: Mapping[str, FactDefinition], shown: tuple[ShownDefinition, ...], unknown_keys: set[str]) -> None:
    named = {name: fact.otherwise_with for name, fact in facts.items()} | {one.name: one.unless for one in shown}
    wrong = [(name, other) for name, other in named.items() if other and other not in facts]
    wrong += [(name, other) for name, fact in facts.items() if fact.reads for other in fact.reads.sooner_with if other not in facts]
    if wrong:
        raise ContentError(f"{wrong[0][0]} names the fact {wrong[0][1]}, which is not in the file. Name one that is.", expression="facts.yaml")
    for key in sorted(unknown_keys):
        raise ContentError(f"The prefetch key {key} has no template. Add one, or name another key.", expression="facts.yaml")


def _shown(entry: Mapping[str, Any]) -> ShownDefinition:
    return ShownDefinition(entry["name"], entry.get("label", entry["name"]), _source(entry), tuple(entry.get("units", ())), entry.get("unless", ""))


def _fact(entry: Mapping[str, Any]) -> FactDefinition:
    gate = entry.get("not-applicable", {})
    return FactDefinition(
        name=entry["name"],
        base=entry["type"],
        unit=entry.get("unit", ""),
        link_id=entry.get("linkId", ""),
        onset_link_id=entry.get("onset-date", ""),
        label=entry.get("label", entry["name"]),
        denied=entry.get("denied", ""),
        screen=entry.get("screen", ""),
        worst=tuple(entry.get("worst", ())),
        exclusive=entry.get("exclusive", ""),
        sensitive=entry.get("sensitive") == "true",
        convert={unit: Decimal(factor) for unit, factor in entry.get("convert", {}).items()},
        patient_element=entry.get("from-patient", ""),
        record_wins=entry.get("wins") == "record",
        not_applicable=gate.get("value", ""),
        gates=tuple(_gate(one) for one in gate.get("any", ())),
        **_bounds(entry.get("allowed", ())),
        **_stale(entry.get("stale", ())),
        **_record(entry.get("record", {})),
    )


def _bounds(allowed: Any) -> dict[str, Any]:
    if isinstance(allowed, dict):
        return {"minimum": _decimal(allowed.get("min")), "maximum": _decimal(allowed.get("max"))}
    return {"allowed": tuple(allowed)}


def _stale(words: Any) -> dict[str, Any]:
    return {"stale": (words,) if isinstance(words, str) else tuple(words)}


def _record(entry: Mapping[str, Any]) -> dict[str, Any]:
    otherwise = entry.get("otherwise", {})
    return {
        "given": tuple(entry.get("given", ())),
        "whole": tuple(entry.get("whole", ())),
        "otherwise": otherwise.get("value", ""),
        "otherwise_with": otherwise.get("with", ""),
        "sets": entry.get("sets", ""),
        "sources": tuple(_source(source) for source in entry.get("from", ())),
        "reads": _source(entry["reads"]) if "reads" in entry else None,
    }


def _source(entry: Mapping[str, Any]) -> RecordSource:
    sooner = entry.get("sooner", {})
    return RecordSource(
        value_set=entry["value-set"],
        resource=entry["resource"],
        codes=tuple(entry.get("codes", ())),
        status=entry.get("status", ""),
        onset_within=_span(entry, "onset-within", "performed-within"),
        within=_span(entry, "within"),
        stopped_within=_span(entry, "stopped-within"),
        taken=_span(entry, "taken"),
        at_least=_decimal(entry.get("at-least")),
        unit=entry.get("unit", ""),
        answer_in=entry.get("answer-in", ""),
        also_in=tuple(entry.get("also-in", ())),
        sooner=_span(sooner, "within"),
        sooner_with=tuple(sooner.get("recorded", ())),
        reported_below=_decimal(entry.get("reported-below")),
        parts=tuple(PartLimit(part["system"], part["code"], Decimal(part["at-least"])) for part in entry.get("parts", ())),
        daily_dose_over=_decimal(entry.get("daily-dose-over")),
        daily_dose_up_to=_decimal(entry.get("daily-dose-up-to")),
    )


def _span(entry: Mapping[str, Any], *stems: str) -> timedelta | None:
    for stem in stems:
        if f"{stem}-hours" in entry:
            return timedelta(hours=int(entry[f"{stem}-hours"]))
        if f"{stem}-days" in entry:
            return timedelta(days=int(entry[f"{stem}-days"]))
    return None


def _gate(entry: Mapping[str, Any]) -> Gate:
    return Gate(entry["fact"], tuple(entry.get("is", ())), _decimal(entry.get("below")), _decimal(entry.get("above")))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
