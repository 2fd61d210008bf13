"""The benchmark runs from end to end; its figures are for people, and only their form is checked here."""

import json
from pathlib import Path

from cds.fhir import items
from tests.benchmarks import ledgers, over_http, report, run, timing, validating

SPREAD = timing.Spread(100.0, 200.0, 300.0)
CALL = timing.Timing(3, SPREAD, SPREAD)


def test_each_stage_of_a_hook_call_is_measured_beside_the_whole() -> None:
    measured = run.in_process(rounds=2)
    assert {"strict JSON", "read record", "append to the ledger"} < set(measured.stages)
    assert all(name in report.text(measured) for name in (*measured.stages, "whole call"))


def test_the_parts_of_a_validation_are_measured_beside_the_whole() -> None:
    measured = run.in_process(rounds=2)
    assert list(measured.validation) == ["whole $validate", "  strict JSON", "  FHIR R4", "  rules of items"]
    assert all(name in report.text(measured) for name in measured.validation)


def test_the_response_that_is_validated_has_forty_items() -> None:
    assert sum(1 for _ in items.walk(validating.response())) == 40


def test_the_ratio_is_the_cpu_of_the_hook_over_that_of_nothing() -> None:
    both = report.Report(40_000, CALL, {}, over_http.Served(3, SPREAD, 900.0), over_http.Served(3, SPREAD, 300.0))
    assert both.ratio == 3.0
    assert "3.0" in report.text(both).splitlines()[-1]


def test_without_cpu_figures_there_is_no_ratio() -> None:
    without = report.Report(40_000, CALL, {}, over_http.Served(3, SPREAD, None), over_http.Served(3, SPREAD, 300.0))
    assert without.ratio is None
    assert "ratio" not in report.text(without)


def test_the_results_are_written_as_json(tmp_path: Path) -> None:
    report.write(report.Report(40_000, CALL, {"message": CALL}, None, None), tmp_path / "bench" / "results.json")
    written = json.loads((tmp_path / "bench" / "results.json").read_text(encoding="utf-8"))
    assert written["stages"]["message"]["cpu"]["p95"] == 200.0
    assert written["unit"] == "microseconds"


def test_the_varied_calls_are_the_examples_in_turn_each_with_a_token_of_its_own(tmp_path: Path) -> None:
    measured = over_http.varied(tmp_path, rounds=2)
    assert measured.requests == 2
    told = report.text(report.Report(40_000, CALL, {}, None, None, varied=measured))
    assert "signed, varied (I2)" in told
    assert "p95 of 2 varied calls below 500,000" in told


def test_the_ledger_is_measured_on_both_stores_and_as_a_large_one() -> None:
    found = ledgers.measured(records=600, each=32, replayed=6)
    assert [(one.store, one.callers) for one in found.appends] == [(store, callers) for store in ("sqlite", "postgresql") for callers in (1, 8, 32)]
    assert all(one.rate > 0 for one in found.appends)
    told = report.text(report.Report(40_000, CALL, {}, None, None, ledger=found))
    assert "bytes a record in SQLite, with indexes and tree, of 600 records" in told
    assert "to verify 600 records" in told
    assert "made again by 2 processes, of 6" in told
