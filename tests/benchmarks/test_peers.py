"""The tables that are run beside other engines: drawn alike each time, said in every language, and honest where an engine is absent."""

from pathlib import Path

from cds.dmn import evaluation
from cds.dmn.feel import parser
from cds.dmn.model import DecisionModel
from tests.benchmarks import peers, peers_child, peers_dialects, peers_tables, report, timing

NOTHING = DecisionModel("none", {}, ())
SPREAD = timing.Spread(1.0, 2.0, 3.0)
CALL = timing.Timing(1, SPREAD, SPREAD)


def test_the_made_up_tables_and_their_inputs_are_the_same_each_time() -> None:
    first, second = (list(peers_tables.benches(NOTHING, (), samples=20)) for _ in range(2))
    assert first == second
    assert [len(bench.table.rules) for bench in first] == [20, 20]
    assert any(None in sample.values() for sample in first[0].samples)


def test_an_engine_that_is_not_installed_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    found = list(peers.rows(peers_tables.benches(NOTHING, (), samples=5), seconds=0.001, environment=tmp_path))
    assert [row.engine for row in found if row.cannot] == [*peers_child.ENGINES] * 2
    assert all(row.rate and row.ratio is None for row in found if not row.cannot)


def test_cells_are_said_in_the_language_of_each_engine() -> None:
    cell = parser.unary_tests("not(a, unknown)")
    assert peers_dialects.zen(cell) == '$ not in ["a", null]'
    assert peers_dialects.python(cell) == "(? is not None and not (? == 'a' or ? is None))"
    assert peers_dialects.sfeel(parser.unary_tests("[1..5)")) == "[1..5)"


def test_the_rows_of_a_table_are_those_that_are_evaluated() -> None:
    bench = next(iter(peers_tables.benches(NOTHING, (), samples=1)))
    document = peers_dialects.document(bench.table, peers_dialects.zen, peers_dialects.literals("zen-engine"))
    assert [row["id"] for row in document["rows"]] == [rule.id for rule in bench.table.rules]
    assert set(peers_dialects.sample(bench.table, bench.samples[0])) == set(document["inputs"])
    assert evaluation.evaluate_decision(bench.decision, bench.samples[0]).decision == bench.decision.name


def test_rates_and_reasons_stand_in_the_report() -> None:
    rows = (peers.Row("t", peers.OURS, 1000.0, 20.0), peers.Row("t", "pyDMNrules", cannot="it cannot read some cells"))
    told = report.text(report.Report(1, CALL, {}, None, None, 0.03, rows))
    assert "compiled in 30 ms" in told
    assert "1,000" in told
    assert "cannot: it cannot read some cells" in told
