"""Measures a hook call and `$validate` and where their time goes, decision tables beside other engines, and the ledger: `make bench`."""

import argparse
import dataclasses
import tempfile
from pathlib import Path

from cds.foundation.settings import Settings
from cds.service import application, hook
from tests.benchmarks import body, ledgers, over_http, peers, peers_tables, report, stages, timing, validating

SERVICE = "low-back-pain"
TABLES = ("red-flags", "pathway")
SAMPLES = 300
RESULTS = Path("var/bench/results.json")


def main() -> None:
    """Prints the table and writes the results file."""
    options = _options()
    measured = in_process(options.rounds)
    if not options.in_process:
        called, nothing, varied = (_served(one, options.rounds) for one in (over_http.hook, over_http.noop, over_http.varied))
        measured = dataclasses.replace(measured, hook=called, noop=nothing, varied=varied)
    if options.seconds:
        measured = beside_others(measured, seconds=options.seconds)
    if options.records:
        measured = dataclasses.replace(measured, ledger=ledgers.measured(records=options.records))
    print(report.text(measured))
    report.write(measured, options.out)


def in_process(rounds: int) -> report.Report:
    """The whole call and each of its stages, with a ledger on disk and no server; and the same of `$validate`."""
    data = body.encoded(body.hook_request())
    with tempfile.TemporaryDirectory() as folder:
        app = application.start(Settings(audit_url=f"sqlite:///{folder}/audit.sqlite3"), clock=lambda: body.AT)
        call = timing.measure(lambda: hook.answer(app, SERVICE, data), rounds=rounds)
        parts = {name: timing.measure(stage, rounds=rounds) for name, stage in stages.of(app, SERVICE, data).items()}
        validation = validating.measured(app, rounds=rounds)
        application.stop(app)
    return report.Report(len(data), call, parts, None, None, validation=validation)


def beside_others(measured: report.Report, *, seconds: float, environment: Path = peers.ENVIRONMENT) -> report.Report:
    """The report with tables beside other engines, so many CPU seconds each, and the time that the release takes to compile."""
    model = application.start(Settings(), audited=False, clock=lambda: body.AT).releases[SERVICE].model
    tables = peers_tables.benches(model, TABLES, samples=SAMPLES)
    return dataclasses.replace(
        measured, compiling=peers.compile_seconds(model), tables=tuple(peers.rows(tables, seconds=seconds, environment=environment))
    )


def _served(measured: over_http.Measured, rounds: int) -> over_http.Served:
    with tempfile.TemporaryDirectory() as folder:
        return measured(Path(folder), rounds=rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures a hook call, decision tables beside other engines, and the ledger.")
    parser.add_argument("--rounds", type=int, default=500, help="calls a measurement (default: 500)")
    parser.add_argument("--in-process", action="store_true", help="leave out the measurements over HTTP")
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU seconds for a table in one engine; 0 leaves the engines out (default: 2)")
    parser.add_argument("--records", type=int, default=ledgers.MANY, help="records of the large ledger; 0 leaves the ledger out (default: a million)")
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"results file (default: {RESULTS})")
    return parser.parse_args()


if __name__ == "__main__":
    main()
