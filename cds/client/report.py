"""What the checks found of one service: a finding a row, as lines for people and as JSON for machines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.client.rows import Row

PASSED, FAILED, UNCHECKED = "passed", "failed", "not checked"
ANSWERED = "F1"
"""The row that passes when calls were answered."""
MARKS: Mapping[str, str] = {PASSED: "ok  ", FAILED: "FAIL", UNCHECKED: "-   "}


@dataclass(frozen=True)
class Finding:
    """The verdict on one row. `reasons` are what was seen and what the standard asks (failed), or why it could not be judged (not checked)."""

    row: Row
    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The findings of one service, in the order of the rows."""

    base: str
    findings: tuple[Finding, ...]

    def named(self, verdict: str) -> tuple[str, ...]:
        """The ids of the rows with this verdict."""
        return tuple(finding.row.id for finding in self.findings if finding.verdict == verdict)

    @property
    def clean(self) -> bool:
        """Whether no row failed and a call was answered. Of a service that answers none, hardly anything could be judged."""
        return not self.named(FAILED) and ANSWERED in self.named(PASSED)

    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        counts = {verdict: len(self.named(verdict)) for verdict in MARKS}
        return {"service": self.base, "clean": self.clean, "counts": counts, "rows": [_entry(finding) for finding in self.findings]}


def lines(report: Report) -> Iterator[str]:
    """The report for a terminal: a line a row under the title of its section, reasons below it, counts at the end."""
    section = ""
    for finding in report.findings:
        if finding.row.section != section:
            section = finding.row.section
            yield f"\n{section}"
        yield f"  {MARKS[finding.verdict]} {finding.row.id:<4}{_strength(finding.row)}{finding.row.asks}"
        yield from (f"            {reason}" for reason in finding.reasons)
    counted = ", ".join(f"{len(report.named(verdict))} {verdict}" for verdict in MARKS)
    yield f"\n{len(report.findings)} rows: {counted}."
    if ANSWERED in report.named(UNCHECKED):
        yield "No call was answered, so this says little. Give what the service asks for: data of a patient (--data), a key (--key, --issuer)."


def _strength(row: Row) -> str:
    return f"{row.level if row.level.isupper() else '':<7}"


def _entry(finding: Finding) -> dict[str, Any]:
    row = finding.row
    told = {"row": row.id, "section": row.section, "level": row.level, "verdict": finding.verdict, "asks": row.asks}
    return told | ({"reasons": list(finding.reasons)} if finding.reasons else {})
