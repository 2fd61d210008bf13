"""What the checks found of one service: a finding a row, as lines for people and as JSON for machines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.client import rows
from cds.client.rows import Row

PASSED, FAILED, NOTED, UNCHECKED = "passed", "failed", "noted", "not checked"
"""What is wrong in a row that nobody is bound to, one without a level, is noted and no failure."""
ANSWERED = "F1"
"""The row that passes when calls were answered."""
MARKS: Mapping[str, str] = {PASSED: "ok  ", FAILED: "FAIL", NOTED: "note", UNCHECKED: "-   "}


@dataclass(frozen=True)
class Finding:
    """The verdict on one row. `reasons` are what was seen and what the standard asks (failed, noted), or why it could not be judged (not checked)."""

    row: Row
    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The findings at one address, in the order of the rows; `uncalled` are the services there that no call could be made of."""

    base: str
    findings: tuple[Finding, ...]
    uncalled: tuple[str, ...] = ()

    def named(self, *verdicts: str) -> tuple[str, ...]:
        """The ids of the rows with one of these verdicts."""
        return tuple(finding.row.id for finding in self.findings if finding.verdict in verdicts)

    @property
    def clean(self) -> bool:
        """Whether no row failed and a call was answered. Of a service that answers none, hardly anything could be judged."""
        return not self.named(FAILED) and ANSWERED in self.named(PASSED)

    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        counts = {verdict: len(self.named(verdict)) for verdict in MARKS}
        told = {"service": self.base, "clean": self.clean, "counts": counts, "rows": [_entry(finding) for finding in self.findings]}
        return told | ({"notCalled": list(self.uncalled)} if self.uncalled else {})


def fault(row: Row) -> str:
    """The verdict on a row with something wrong in it."""
    return NOTED if row.level == rows.NONE else FAILED


def lines(report: Report) -> Iterator[str]:
    """The report for a terminal: a line a row with its reasons under the title of its section; rows not judged once a reason; counts at the end."""
    section = ""
    for finding in report.findings:
        if finding.verdict == UNCHECKED:
            continue
        if finding.row.section != section:
            section = finding.row.section
            yield f"\n{section}"
        yield f"  {MARKS[finding.verdict]} {finding.row.id:<4}{_strength(finding.row)}{finding.row.asks}"
        yield from (f"            {reason}" for reason in finding.reasons)
    yield from _unchecked(report)
    if report.uncalled:
        yield f"\nNot called: {', '.join(report.uncalled)}. Hooks of an encounter need --encounter, those of orders --orders."
    counted = ", ".join(f"{len(report.named(verdict))} {verdict}" for verdict in MARKS if verdict != NOTED or report.named(NOTED))
    yield f"\n{len(report.findings)} rows: {counted}."
    if ANSWERED in report.named(UNCHECKED):
        yield "No call was answered, so this says little. Give what the service asks for: data of a patient (--data), a key (--key, --issuer)."


def _unchecked(report: Report) -> Iterator[str]:
    """Each reason once, with the rows that it kept from being judged."""
    kept: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.verdict == UNCHECKED:
            kept.setdefault(" ".join(finding.reasons), []).append(finding.row.id)
    if kept:
        yield f"\n{UNCHECKED.capitalize()}"
    for reason, names in kept.items():
        yield f"  {MARKS[UNCHECKED]} {reason}"
        yield f"       {' '.join(names)}"


def _strength(row: Row) -> str:
    return f"{row.level if row.level.isupper() else '':<7}"


def _entry(finding: Finding) -> dict[str, Any]:
    row = finding.row
    told = {"row": row.id, "section": row.section, "level": row.level, "verdict": finding.verdict, "asks": row.asks}
    return told | ({"reasons": list(finding.reasons)} if finding.reasons else {})
