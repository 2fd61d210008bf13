"""Writes `docs/reference/conformance.md` from what the tests of the rows gave: `make conformance`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from cds.client import rows
from cds.client.rows import Row
from tests.conformance.rows import own
from tests.conformance.rows.counting import PASSED
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "reference" / "conformance.md"
BINDS = {
    "service": "the service",
    "client": "the client; the tests show what this service does when a client breaks it",
    "ours": "nobody: a rule of ours beside the standard",
}
_COLUMNS = ("row", "level", "asks", "binds", "CDS Hooks", "from outside", "tests", "passed")
_HEAD = """# Conformance to CDS Hooks

What CDS Hooks asks of a service, row by row, in our words, and the tests that show that this service does it.

- The rows are those of CDS Hooks 3.0 (3.0.0-ballot, as built on 2026-06-24) and of 2.0 with the errata of 2.0.1.
  With them stand the best practices of the standard's site, and rules of ours.
- `make conformance` runs the tests and writes this page from what they gave. `make test` fails when the page says something else than the tests.

"""
_TAIL = """
## How to read it
- Level: the strongest word of the row. A best practice counts as SHOULD.
  A row of ours has none, and neither has what the standard does not word as a rule.
- From outside: the row can be judged by HTTP alone, and [`cds try URL --check`](command-line.md) judges it of any service.
  The tests here are other code than those checks.
- A test has the number of its row at the beginning of its name.
  Where nothing but HTTP is needed it calls over a socket, with registered clients, tokens, and a FHIR server on loopback.
- The words of the rows are in `cds/client/rows.toml`. [Why so](../adr/0041-a-test-for-each-row.md)
"""


def page(outcomes: Mapping[str, Mapping[str, str]]) -> str:
    """The page for these outcomes: by row, what each of its tests gave."""
    table = rows.load()
    sections = [_section(list(group), outcomes) for _, group in groupby(table.values(), lambda row: row.id[0])]
    return _HEAD + _counts(list(table.values()), outcomes) + "".join(sections) + _TAIL


def expected() -> dict[str, dict[str, str]]:
    """Outcomes as they are when every test that there is passes."""
    return {row: dict.fromkeys(names, PASSED) for row, names in own.tests().items()}


def _counts(table: Sequence[Row], outcomes: Mapping[str, Mapping[str, str]]) -> str:
    levels, binds = Counter(row.level for row in table), Counter(row.binds for row in table)
    passed = sum(_passed(outcomes.get(row.id, {})) for row in table)
    tests = sum(len(one) for one in outcomes.values())
    lines = [
        f"**{passed} of {len(table)} rows passed**, by {tests} tests.",
        "",
        f"- By level: {', '.join(f'{levels[level]} {level}' for level in rows.LEVELS)}.",
        *(f"- {binds[name]} bind {meaning}." for name, meaning in BINDS.items()),
        f"- {sum(row.outside for row in table)} can be judged from outside.",
    ]
    return "\n".join(lines) + "\n"


def _section(group: Sequence[Row], outcomes: Mapping[str, Mapping[str, str]]) -> str:
    file = own.file_of(group[0].id)
    head = [f"\n## {group[0].id[0]}. {group[0].section}", f"Tests: [{file}](../../tests/conformance/rows/{file}).", ""]
    return (
        "\n".join([*head, f"| {' | '.join(_COLUMNS)} |", "|" + "---|" * len(_COLUMNS), *(_row(row, outcomes.get(row.id, {})) for row in group)])
        + "\n"
    )


def _row(row: Row, outcomes: Mapping[str, str]) -> str:
    names = "<br>".join(f"`{name}`" for name in outcomes) or "none"
    versions = ", ".join(row.versions) or "-"
    cells = (row.id, row.level, row.asks, row.binds, versions, _yes(row.outside), names, _yes(_passed(outcomes)))
    return f"| {' | '.join(cells)} |"


def _passed(outcomes: Mapping[str, str]) -> bool:
    return bool(outcomes) and set(outcomes.values()) == {PASSED}


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
