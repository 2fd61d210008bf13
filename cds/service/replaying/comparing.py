"""What differs between a recorded decision and the same made again: each place with what was there and what is there now."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from cds.foundation import canonical
from cds.values.record import AuditRecord

Document = Mapping[str, Any]
ABSENT = object()
"""Nothing at all, which is not null."""
SAID_AGAIN = ("decision_id", "decided_at", "channel", "outcome", "logic", "urgency", "rules", "provenance", "unknown", "cards")
"""The fields of a record that follow from its assessment and the way in."""


@dataclass(frozen=True)
class Difference:
    """One place, as `triage.urgency` or `cards[0].summary`, with what was recorded and what comes now; None where there is nothing."""

    path: str
    old: Any
    new: Any

    def plain(self) -> dict[str, Any]:
        """As JSON; a side on which there is nothing is null."""
        return {"path": self.path, "old": self.old, "new": self.new}


def whole(old: Document, new: Document, *, with_cards: bool) -> tuple[Difference, ...]:
    """Every place in which the two assessments differ: all members count."""
    left_out = () if with_cards else ("cards",)
    return _between({name: value for name, value in old.items() if name not in left_out}, {k: v for k, v in new.items() if k not in left_out})


def said(old: AuditRecord, new: AuditRecord, *, with_cards: bool) -> tuple[Difference, ...]:
    """Every place in which what the two records say in the clear differs."""
    left_out = () if with_cards else ("cards", "outcome")
    names = [name for name in SAID_AGAIN if name not in left_out]
    return _between(_fields(old, names), _fields(new, names))


def _fields(record: AuditRecord, names: list[str]) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in names}
    return found | {"logic": {one.name: getattr(record.logic, one.name) for one in fields(record.logic)}}


def meant(old: Document, new: Document, *, with_cards: bool) -> tuple[Difference, ...]:
    """In what two releases come to different conclusions: urgency, pathway, duration, recommendations, what the cards say in short,
    and the values of the decisions that both have. Which release it was, and the detail of a card, which names its rules and it, do not count.
    """
    shared = {one["decision"] for one in old["decisions"]} & {one["decision"] for one in new["decisions"]}
    return _between(_heart(old, shared, with_cards=with_cards), _heart(new, shared, with_cards=with_cards))


def _heart(document: Document, shared: set[str], *, with_cards: bool) -> dict[str, Any]:
    heart = {name: document[name] for name in ("triage", "pathway", "duration")}
    heart["recommendations"] = [{name: one[name] for name in ("code", "display", "rule", "text")} for one in document["recommendations"]]
    heart["decisions"] = {
        one["decision"]: {"rules": one["rules"], "outputs": one["outputs"]} for one in document["decisions"] if one["decision"] in shared
    }
    return heart | ({"cards": [_short(card) for card in document["cards"]]} if with_cards else {})


def _short(card: Document) -> dict[str, Any]:
    offered = [one["label"] for one in card.get("suggestions", ())]
    return {"summary": card["summary"], "indicator": card["indicator"], "suggestions": offered}


def _between(old: Any, new: Any) -> tuple[Difference, ...]:
    """Most are alike, which their texts tell soonest."""
    if _text(old) == _text(new):
        return ()
    return tuple(_differences(canonical.plain(old), canonical.plain(new), ""))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=canonical.plain)


def _differences(old: Any, new: Any, path: str) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(name, ABSENT), new.get(name, ABSENT), f"{path}.{name}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list):
        for place, before, after in _paired(old, new):
            yield from _differences(before, after, f"{path}[{place}]")
    elif not _same(old, new):
        yield Difference(path, *(None if side is ABSENT else side for side in (old, new)))


def _paired(old: list[Any], new: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Place, item then and item now: one by one in lists as long as each other, else without what stands in both in the same order."""
    if len(old) == len(new):
        yield from ((place, was, now) for place, (was, now) in enumerate(zip(old, new, strict=True)))
        return
    before, after = ([canonical.dumps(one) for one in side] for side in (old, new))
    for tag, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            pairs = itertools.zip_longest(old[first:last], new[start:end], fillvalue=ABSENT)
            yield from ((place, was, now) for place, (was, now) in enumerate(pairs, first))


def _same(old: Any, new: Any) -> bool:
    """Alike in JSON: a truth value is no number."""
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)
