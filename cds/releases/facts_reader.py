"""facts.yaml to FactDefinitions."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cds.facts import FactDefinition, FactDefinitions, Gate, RecordSource
from cds.foundation.yaml import Document


def read(document: Document) -> FactDefinitions:
    """The definitions in the order of the file; the document has been checked against its schema."""
    value = document.value
    return FactDefinitions(
        facts={entry["name"]: _fact(entry) for entry in value["facts"]},
        stale_after=timedelta(hours=int(value["response"]["stale-hours"])),
        skew=timedelta(minutes=int(value["response"]["skew-minutes"])),
        prefetch=value["prefetch"],
        required=tuple(value["required"]),
        trigger=value["trigger"],
    )


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
    return {
        "sets": entry.get("sets", ""),
        "sources": tuple(_source(source) for source in entry.get("from", ())),
        "reads": _source(entry["reads"]) if "reads" in entry else None,
    }


def _source(entry: Mapping[str, str]) -> RecordSource:
    return RecordSource(
        value_set=entry["value-set"],
        resource=entry["resource"],  # type: ignore[arg-type]
        status=entry.get("status", ""),
        onset_within=_span(entry, "onset-within", "performed-within"),
        within=_span(entry, "within"),
        stopped_within=_span(entry, "stopped-within"),
        taken=_span(entry, "taken"),
        at_least=_decimal(entry.get("at-least")),
        unit=entry.get("unit", ""),
        answer_in=entry.get("answer-in", ""),
    )


def _span(entry: Mapping[str, str], *stems: str) -> timedelta | None:
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
