"""`cds quality`: tables for people, a document for programs, and bad usage told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds.audit.ledger import Ledger
from cds.cli.main import main
from cds.foundation import schemas
from tests.service import audited


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Ledger]:
    """Six cards of May, of which three were answered."""
    with audited.opened(tmp_path) as opened:
        opened.append_all(
            [
                audited.decision(1, 1, 2, 3, 4),
                audited.decision(2, 5, 6),
                audited.feedback(1, 1, "overridden", reason="not-now"),
                audited.feedback(2, 2, "accepted"),
                audited.feedback(3, 5, "accepted"),
                audited.feedback(4, 9, decision_id=None, release=""),
            ]
        )
        yield opened


def run(log: Ledger, *arguments: str) -> Result:
    """The command on that ledger."""
    return CliRunner(env={"CDS_AUDIT_URL": log.place.url, "CDS_AUDIT_KEYS": str(log.place.keys)}).invoke(main, ["quality", *arguments])


def test_a_person_reads_counts_denominators_and_intervals(log: Ledger) -> None:
    told = run(log)
    assert told.exit_code == 0
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert "all 6 3 of 6, 50% (19% to 81%) 2 of 3 1 of 3" in lines
    assert "low-back-pain 1.0.0 6 3 of 6, 50% (19% to 81%) 2 of 3 1 of 3" in lines
    assert f"{audited.RULE} (urgency) 2 2 of 2 2 of 2 0 of 2" in lines
    assert "not-now 1 of 1" in lines
    assert "On cards that nobody here gave to that client: 1 item of feedback." in lines


def test_a_program_reads_a_document_of_the_schema_with_the_tables_it_asked_for(log: Ledger) -> None:
    told = json.loads(run(log, "--json", "--by", "month", "--by", "rule", "--from", "2030-05-01", "--to", "2030-05-31").stdout)
    assert schemas.problems("quality", told) == []
    assert (list(told["by"]), told["period"], told["cards"]["shown"]) == (["month", "rule"], {"from": "2030-05-01", "to": "2030-05-31"}, 6)


def test_rules_that_cards_name_come_first_and_a_limit_cuts_each_table(log: Ledger) -> None:
    log.append_all([audited.decision(3, 7, rules={"urgency": ("A-bookkeeping", audited.RULE)})])
    names = [one["name"] for one in json.loads(run(log, "--json", "--by", "rule").stdout)["by"]["rule"]]
    assert names[0] == audited.RULE
    assert "A-bookkeeping" in names[1:]
    few = run(log, "--by", "rule", "--limit", "1").stdout
    assert ("A-bookkeeping" in few, f"{audited.RULE} (urgency)" in few, f"and {len(names) - 1} more" in few) == (False, True, True)
    assert len(json.loads(run(log, "--json", "--by", "rule", "--limit", "1").stdout)["by"]["rule"]) == 1
    assert run(log, "--limit", "0").exit_code == 2


def test_days_without_decisions_have_nothing_to_count(log: Ledger) -> None:
    told = run(log, "--from", "2031-01-01")
    assert (told.exit_code, told.stdout.count("nothing to count")) == (0, 4)


@pytest.mark.parametrize("arguments", [["--from", "2030-05-02", "--to", "2030-05-01"], ["--from", "May"], ["--by", "patient"]])
def test_bad_usage_is_exit_code_2(log: Ledger, arguments: list[str]) -> None:
    assert run(log, *arguments).exit_code == 2


def test_a_ledger_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    told = CliRunner(env={"CDS_AUDIT_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}"}).invoke(main, ["quality"])
    assert (told.exit_code, list(tmp_path.iterdir())) == (2, [])
