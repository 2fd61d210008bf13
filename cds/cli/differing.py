"""`cds release diff`: two versions side by side, as a clinician would read it."""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import click

from cds.cli import telling
from cds.service import differences

WIDTH = 100
LABEL = 12
NEAR = "\N{NO-BREAK SPACE}"
"""Between the name of an input and its first value, which stay on one line."""

Cells = Mapping[str, str]


@click.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--name", metavar="CONDITION", help="Folder of the condition under CDS_CONTENT, where several have these versions.")
@telling.as_json
@telling.told
def diff(old: str, new: str, name: str | None, as_json: bool) -> None:
    """Show where A and B decide differently, each a version, `draft`, or the folder of a release; exit code 1 when they do.

    Every region of input is exact, and unknown is one of the values of an input. Each decision is compared on its own inputs.

    \b
    Examples:
      cds release diff 1.0.0 draft
      cds release diff 1.0.0 work/low-back-pain/draft --json
    """
    found = differences.compare(telling.settings(), old, new, name=name)
    click.echo(telling.document(found) if as_json else telling.readable("\n".join(_report(found))))
    if differences.differs(found):
        raise click.exceptions.Exit(telling.FINDING)


def _report(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"From {_version(found['from'])} to {_version(found['to'])}"
    if found["urgency"]:
        yield ""
        yield from _urgency(found["urgency"], _proved(found["decisions"]))
    yield from (f"\n{_sentence(change)}" for change in found["inputs"])
    for decision in found["decisions"]:
        yield f"\n{decision['decision']}"
        yield from (_line("", _sentence(change)) for change in decision["changes"])
        yield from _regions(decision["regions"], _beside if decision["eachRule"] else _instead)
        yield from (_line("not proved", _sentence(reason)) for reason in decision["notProved"])
    if not differences.differs(found):
        yield "\nThey decide alike for every input."


def _proved(decisions: Sequence[Mapping[str, Any]]) -> str:
    """For what the proof speaks: facts that break a table of one version have no urgency there that could rise or fall."""
    regions = [(decision["eachRule"], region) for decision in decisions for region in decision["regions"]]
    unsure = any(side["violation"] or not (each_rule or side["rules"]) for each_rule, region in regions for side in (region["old"], region["new"]))
    return "Proved for all facts for which both versions give one, not for an error or no answer below." if unsure else "Proved for all facts."


def _urgency(told: Mapping[str, Any], proved: str) -> Iterator[str]:
    """What the difference means for the urgency of a patient, over all tables together."""
    moves = {"rise": told["rises"], "fall": told["falls"]}
    if all(move["possible"] is False for move in moves.values()):
        yield f"Urgency ({told['decision']}): cannot change. {proved}"
        return
    for verb, move in moves.items():
        start = f"Urgency ({told['decision']}):"
        match move["possible"]:
            case True:
                yield f"{start} can {verb}, here from {_value(move['old'])} to {_value(move['new'])}:"
                yield _line("", "; ".join([*(f"{name}:{NEAR}{_value(value)}" for name, value in move["witness"].items()), "all else unknown"]))
            case False:
                yield f"{start} cannot {verb}. {proved}"
            case _:
                yield f"{start} whether it can {verb} is not proved: {move['reason']}."


def _version(named: Mapping[str, str]) -> str:
    return f"{named['name']} {named['version']}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _regions(regions: Sequence[Mapping[str, Any]], heading: Callable[[Mapping[str, Any]], str]) -> Iterator[str]:
    """What all regions have in common, then those with one pair of outcomes together."""
    everywhere = _common(regions) if len(regions) > 1 else {}
    if everywhere:
        yield _line("", f"Only where {_cells(everywhere)}")
    for _, together in groupby(regions, key=_pair):
        several = list(together)
        yield f"\n  {heading(several[0])}"
        yield from _gives(several[0]["old"], several[0]["new"])
        yield from _places(several, everywhere)
        yield _line("for example", _witness(several[0]))


def _places(regions: Sequence[Mapping[str, Any]], everywhere: Cells) -> Iterator[str]:
    """Where the regions are: what they share, then what each adds."""
    shared = _common(regions)
    if len(regions) == 1 or len(shared) > len(everywhere):
        yield _line("where", _cells(_beyond(shared, everywhere)) or ("always there" if everywhere else "any input"))
    if len(regions) > 1:
        for index, region in enumerate(regions):
            yield _line("either" if index == 0 else "or", _cells(_beyond(region["cells"], shared)) or "any other input")
    if not all(region["certain"] for region in regions):
        yield _line("", "Some input of it may not exist: a test there compares with something else than constants.")


def _common(regions: Sequence[Mapping[str, Any]]) -> Cells:
    """The cells that all of the regions have."""
    first = regions[0]["cells"] if regions else {}
    return {name: text for name, text in first.items() if all(region["cells"].get(name) == text for region in regions)}


def _beyond(cells: Cells, told: Cells) -> Cells:
    return {name: text for name, text in cells.items() if name not in told}


def _cells(cells: Cells) -> str:
    return "; ".join(f"{name}:{NEAR}{text}" for name, text in cells.items())


def _pair(region: Mapping[str, Any]) -> str:
    return telling.document([region["old"], region["new"]])


def _instead(region: Mapping[str, Any]) -> str:
    """The rules that decided, and those that decide."""
    return f"{_rules(region['old'])} -> {_rules(region['new'])}"


def _beside(region: Mapping[str, Any]) -> str:
    """What happens to a rule of a table in which others may match beside it."""
    old, new = _rules(region["old"]), _rules(region["new"])
    if not region["new"]["rules"]:
        return f"{old} no longer matches"
    if not region["old"]["rules"]:
        return f"{new} matches now"
    return f"{new} gives something else" if old == new else f"{old} -> {new}"


def _rules(outcome: Mapping[str, Any]) -> str:
    return ", ".join(outcome["rules"]) or "no rule"


def _witness(region: Mapping[str, Any]) -> str:
    """The inputs that bound the region and those that are known; the rest is unknown."""
    told = {name: value for name, value in region["witness"].items() if value is not None or name in region["cells"]}
    rest = "" if len(told) == len(region["witness"]) else "all else unknown"
    return "; ".join([*(f"{name}:{NEAR}{_value(value)}" for name, value in told.items()), *([rest] if rest else [])])


def _gives(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _outputs(old), _outputs(new)
    if before == after:
        yield _line("gives", f"{after}, as before")
    else:
        yield _line("gave", before)
        yield _line("now gives", after)


def _outputs(outcome: Mapping[str, Any]) -> str:
    if outcome["violation"]:
        return "an error: these rules may not match together"
    several = [", ".join(f"{name} {_value(value)}" for name, value in outputs.items() if value is not None) for outputs in outcome["outputs"]]
    return "; then ".join(one or "nothing" for one in several) or "nothing"


def _value(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(_value, value)) or "none ticked"
        case dict():
            return f"what {value['expression']} is"
    return str(value)


def _line(label: str, text: str) -> str:
    start = f"    {label:<{LABEL}}" if label else "  "
    told = textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False, break_on_hyphens=False)
    return told.replace(NEAR, " ")
