"""One entry of the ledger for a reader on a terminal: a decision with facts, rules, cards and what was done with them."""

import textwrap
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds.cli import rendering, telling

WIDTH = 100
LABEL = 15
ERASED = "The facts and the cards of this decision were erased for good. What follows is all that is left."
SOURCES = {"questionnaire": "answered", "ehr": "from the record"}
DERIVED = "derived"
APART = {
    "kind",
    "assessment",
    "card",
    "feedback",
    "erased",
    "rules",
    "provenance",
    "unknown",
    "facts",
    "output",
    "release",
    "engine",
    "former",
    "activation",
}
"""Members of a decision that are told in words of their own, or tell a reader nothing."""


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The entry; of what is no decision every member on a line, with those of what was done behind them."""
    if found["kind"] == "decision":
        yield from _decision(found)
        return
    yield from (_line(telling.words(name), value) for name, value in found.items() if name != "detail")
    yield from _members(found.get("detail", {}))


def _members(told: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Each on a line, what is in a member with the names of both; one of several things on a line of its own."""
    for name, value in told.items():
        label = f"{above}{telling.words(name)}"
        if isinstance(value, Mapping):
            yield from _members(value, f"{label}: ")
        elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
            yield from (_line(label, ", ".join(f"{telling.words(key)} {_text(part)}" for key, part in one.items())) for one in value)
        else:
            yield _line(label, value)


def _decision(found: Mapping[str, Any]) -> Iterator[str]:
    if "card" in found:
        yield from (*(_line(f"card {name}" if name != "uuid" else "card", value) for name, value in found["card"].items()), "")
    if "erased" in found:
        yield from (ERASED, "")
    release = found.get("release", {})
    yield _line("decision", f"{found['decisionId']}, entry {found['seq']}")
    yield _line("by release", " ".join(filter(None, (release.get("name"), release.get("version"), release.get("digest")))))
    yield _line("chosen", f"{release.get('selected', 'not recorded')}; software {found.get('engine', {}).get('version', 'not recorded')}")
    if "activation" in found:
        yield _line("stands under", f"activation of {found['activation']['at']}, entry {found['activation']['seq']}")
    yield _line("urgency", found.get("urgency", "-"))
    yield _line("outcome", found["output"]["outcome"])
    yield from _members({name: value for name, value in found.items() if name not in APART | {"decisionId", "seq", "urgency"}})
    yield from _former(found)
    yield from ("", "rules that matched", *_columns({table: ", ".join(rules) for table, rules in found.get("rules", {}).items()}))
    yield from _facts(found)
    if "assessment" in found:
        yield from ("", "cards", "", rendering.cards_text(found["assessment"].get("cards", ())))
    yield from _feedback(found)


def _facts(found: Mapping[str, Any]) -> Iterator[str]:
    """Those given, with their values where they are not erased, apart from those that were worked out of them."""
    known, sources = found.get("assessment", {}).get("facts", {}), found.get("provenance", {})
    given = {name: f"{_value(known, name)}{SOURCES[source]}{_of(name, known.get(name, {}))}" for name, source in sources.items() if source != DERIVED}
    derived = [f"{name} {_value(known, name)}".rstrip(", ") for name, source in sources.items() if source == DERIVED]
    yield from ("", "facts", *_columns(given))
    if derived:
        yield from ("", *_wrapped("worked out", "; ".join(derived)))
    if found.get("unknown"):
        yield from ("", *_wrapped("unknown", ", ".join(found["unknown"])))


def _value(known: Mapping[str, Any], name: str) -> str:
    return f"{_text(known[name]['value'])}, " if name in known else ""


def _columns(told: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, told), default=0)
    return (f"  {name:<{width}}  {text}" for name, text in told.items())


def _of(name: str, fact: Mapping[str, Any]) -> str:
    """The item or the resource that it came of, where that has another name, and when."""
    told = (fact.get("of"), fact.get("date"))
    return "".join(f", {one}" for one in told if isinstance(one, str) and one != name)


def _feedback(found: Mapping[str, Any]) -> Iterator[str]:
    given = found.get("feedback", ())
    yield from ("", "feedback") if given else ("", "feedback: none")
    for one in given:
        yield f"  card {one['card']}"
        for event in one["events"]:
            reason = f", reason {event['reason']}" if "reason" in event else ""
            by = f"  by {event['client']}" if "client" in event else ""
            yield f"    {event['outcomeAt']}  {event['outcome']}{reason}  entry {event['seq']}, {event['feedbackId']}{by}"


def _former(found: Mapping[str, Any]) -> Iterator[str]:
    if "former" in found:
        former = found["former"]
        yield _line("earlier form", f"entry {former['seq']} of a ledger of form {former['form']}, hash {former['hash']}")


def _line(name: str, value: Any) -> str:
    return f"{name:<{LABEL}} {_text(value)}"


def _wrapped(name: str, text: str) -> Iterator[str]:
    start = f"{name:<{LABEL}} "
    yield textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False, break_on_hyphens=False)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() | Decimal():
            return telling.number(value)
        case list() | tuple() if all(isinstance(one, str) for one in value):
            return ", ".join(value) or "none"
        case dict() | list() | tuple():
            return telling.document(value, indent=None)
    return str(value)
