"""The measurements as a table for people and as JSON for machines."""

import dataclasses
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import ledgers, peers, validating
from tests.benchmarks.over_http import Served
from tests.benchmarks.timing import Spread, Timing

TARGET_RATIO = 2.0
"""CPU of a hook call over that of a route that does nothing, both on granian."""
LATENCY = 500_000
"""Microseconds in which a service should answer (CDS Hooks 3.0, "Providing FHIR Resources to a CDS Service")."""


@dataclasses.dataclass(frozen=True)
class Report:
    """One run: the call in process, its stages in order, and both servers (None when they were not asked).

    `varied` are different signed calls, `validation` is `$validate` of a response, whole and in parts. `ledger` is what the ledger takes.
    `compiling` are the CPU seconds that the tables of the release take to compile; `tables` the tables beside other engines.
    """

    body_bytes: int
    call: Timing
    stages: Mapping[str, Timing]
    hook: Served | None
    noop: Served | None
    compiling: float | None = None
    tables: tuple[peers.Row, ...] = ()
    validation: Mapping[str, Timing] = dataclasses.field(default_factory=dict)
    varied: Served | None = None
    ledger: ledgers.Figures | None = None

    @property
    def ratio(self) -> float | None:
        """CPU of the hook over CPU of the route that does nothing; None where it was not measured."""
        if self.hook and self.noop and self.hook.cpu and self.noop.cpu:
            return self.hook.cpu / self.noop.cpu
        return None


def text(report: Report) -> str:
    """The table."""
    head = f"Hook call, {report.body_bytes / 1000:.1f} KB body, microseconds\n"
    columns = f"{'':24}{'CPU p50':>10}{'p95':>10}{'p99':>10}{'share':>8}{'latency p50':>14}{'p95':>10}{'p99':>10}"
    lines = [_line(name, timing, report.call) for name, timing in report.stages.items()]
    return "\n".join(
        (
            head,
            columns,
            *lines,
            _line("whole call", report.call, report.call),
            *_served(report),
            *_validation(report),
            *_tables(report),
            *_ledger(report),
        )
    )


def write(report: Report, path: Path) -> None:
    """The numbers, with the machine they were measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_document(report), indent=2) + "\n", encoding="utf-8")


def _document(report: Report) -> dict[str, Any]:
    machine = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine(), "cpus": os.cpu_count()}
    return {
        "unit": "microseconds",
        "on": machine,
        **dataclasses.asdict(report),
        "cpuRatio": report.ratio,
        "targetRatio": TARGET_RATIO,
        "targetOverReference": peers.TARGET,
    }


def _line(name: str, timing: Timing, whole: Timing) -> str:
    share = f"{timing.cpu.p50 / whole.cpu.p50:.0%}"
    return f"{name:24}{_spread(timing.cpu)}{share:>8}{'':4}{_spread(timing.latency)}"


def _spread(spread: Spread) -> str:
    return f"{spread.p50:>10.0f}{spread.p95:>10.0f}{spread.p99:>10.0f}"


def _served(report: Report) -> list[str]:
    rows = [("hook on granian", report.hook), ("signed, varied (I2)", report.varied), ("nothing on granian", report.noop)]
    lines = [f"{name:24}{_cpu(served)}{'':32}{_spread(served.latency)}" for name, served in rows if served]
    if report.varied:
        lines += [f"{'':24}CDS Hooks row I2 asks for a p95 of {report.varied.requests} varied calls below {LATENCY:,} microseconds"]
    ratio = report.ratio
    return [*lines, f"{'CPU ratio':24}{ratio:>10.1f}   (target: at most {TARGET_RATIO})"] if ratio else lines


def _cpu(served: Served) -> str:
    return f"{served.cpu:>10.0f}" if served.cpu else f"{'-':>10}"


def _validation(report: Report) -> list[str]:
    whole = next(iter(report.validation.values()), None)
    lines = [_line(name, timing, whole) for name, timing in report.validation.items()] if whole else []
    return [f"\n$validate of a response of {validating.ITEMS} items, microseconds\n", *lines] if lines else []


def _tables(report: Report) -> list[str]:
    lines = [] if report.compiling is None else [f"\nTables of the release compiled in {report.compiling * 1000:.0f} ms of CPU (target: below 100)"]
    if report.tables:
        lines += [f"\nDecision tables, evaluations a CPU second (target: at least {peers.TARGET:.0f} times {peers.REFERENCE} with its trace)\n"]
        lines += [f"{'':20}{'':34}{'rate':>12}{'x ' + peers.REFERENCE:>14}"]
    return [*lines, *map(_row, report.tables)]


def _ledger(report: Report) -> list[str]:
    return ledgers.lines(report.ledger) if report.ledger else []


def _row(row: peers.Row) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:,.1f}" if row.ratio >= 1 else f"{row.ratio:.3f}"
    return f"{row.table:20}{row.engine:34}" + (f"{row.rate:>12,.0f}{ratio:>14}" if row.rate else f"  cannot: {row.cannot}")
