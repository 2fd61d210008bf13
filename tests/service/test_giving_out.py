"""The ledger for somebody elsewhere: what is asked for and nothing else, written whole and recorded, or not at all."""

import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet as reader

from cds.audit import ledger as ledgers
from cds.audit import verify
from cds.audit.place import Place
from cds.audit.stores import store
from cds.foundation import canonical
from cds.foundation.errors import CdsError, LedgerUnavailable, NotFound, WrongShape
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import desk as desks
from cds.service import giving_out, keeping, proving
from cds.service.desk import Desk, Wanted
from cds.values.record import ActionRecord
from tests.audit import keyfiles
from tests.service import audited

BACK, KNEE = "low-back-pain", "knee-pain"
OLD, NEW = ("seal-1", "pseudonym-1", "sign-1"), ("seal-1", "pseudonym-1", "sign-1", "pseudonym-2")
SEVEN = Wanted(patient="Patient/7", client="spec", tenant="north")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Two conditions with releases of the same version: a decision about patient 7 of each, and feedback on the cards."""
    found = replace(audited.place(tmp_path), keys=keyfiles.write(tmp_path, *OLD))
    knee = replace(audited.logic("1.0.0"), name=KNEE)
    with closing(ledgers.open_ledger(found, lambda: audited.NOW)) as opened:
        opened.append_all(
            [
                audited.decision(1, 1),
                audited.decision(2, 2, logic=knee),
                audited.decision(3, 3, logic=audited.logic("2.0.0")),
                audited.decision(4, 4, patient="Patient/8"),
                audited.feedback(1, 2, decision_id=audited.decision(2).decision_id, release=f"{KNEE} 1.0.0"),
            ]
        )
    return found


@pytest.fixture
def settings(place: Place, tmp_path: Path) -> Settings:
    """Those that name the ledger, and the two conditions."""
    for name in (BACK, KNEE):
        (tmp_path / "content" / name).mkdir(parents=True)
        (tmp_path / "content" / name / catalogue.INDEX).write_text(json.dumps({"name": name, "versions": []}))
    return Settings(audit_url=place.url, audit_keys=place.keys, content=tmp_path / "content")


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    """The desk of the ledger."""
    with desks.at(settings) as opened:
        yield opened


def exports(desk: Desk) -> list[Any]:
    """What the ledger says of each export."""
    found = [stored.public for stored in desk.ledger.records()]
    return [one.detail for one in found if isinstance(one, ActionRecord) and one.action == "export"]


def numbers(folder: Path, name: str) -> list[int]:
    """The entries of a table, in its order."""
    return [row["seq"] for row in reader.read_table(folder / f"{name}.parquet").to_pylist()]


def test_tables_of_a_version_have_the_decisions_of_every_condition_that_has_it(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    made = giving_out.tables(desk, Wanted(release="1.0.0"), out, facts=False)
    assert (made.count, made.rows) == (4, {"decisions": 3, "cards": 3, "feedback": 1})
    assert (numbers(out, "decisions"), numbers(out, "feedback")) == ([1, 2, 4], [5])
    states = [row["state"] for row in reader.read_table(out / "cards.parquet").to_pylist()]
    assert states == [None, "accepted", None]
    assert exports(desk)[0]["filter"] == {"release": "1.0.0"}


def test_tables_of_a_patient_and_a_version_have_those_about_the_patient(desk: Desk, tmp_path: Path) -> None:
    made = giving_out.tables(desk, replace(SEVEN, release="1.0.0"), tmp_path / "tables", facts=False)
    assert (made.rows, numbers(tmp_path / "tables", "decisions")) == ({"decisions": 2, "cards": 2, "feedback": 1}, [1, 2])


def test_lines_of_a_version_have_the_entries_of_every_condition_too(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "part.ndjson"
    made = giving_out.lines(desk, "ndjson", Wanted(release="1.0.0"), out, facts=False, told=lambda _more, _of: None)
    assert (made.count, len(out.read_bytes().splitlines())) == (4, 5)
    assert made.digest == canonical.digest(out.read_bytes()) == exports(desk)[0]["digest"]


def renamed(settings: Settings, place: Place) -> None:
    """From now on patients have pseudonyms by another key."""
    keyfiles.write(place.keys.parent, *NEW)
    with desks.at(settings) as desk:
        assert len(desk.subjects(SEVEN)) == 2


def test_tables_of_a_patient_with_several_pseudonyms_are_refused(settings: Settings, place: Place, tmp_path: Path) -> None:
    renamed(settings, place)
    with desks.at(settings) as desk:
        made = giving_out.tables(desk, SEVEN, tmp_path / "before", facts=False)
        assert (made.rows or {})["decisions"] == 3, "nothing stands under the new one yet"
        desk.ledger.append(audited.decision(9, 9))
        with pytest.raises(WrongShape, match="several pseudonyms"):
            giving_out.tables(desk, SEVEN, tmp_path / "after", facts=False)
        lines = giving_out.lines(desk, "ndjson", SEVEN, tmp_path / "lines", facts=False, told=lambda _more, _of: None)
    assert (lines.count, (tmp_path / "after").exists()) == (4, False)


def test_nothing_is_overwritten_and_nothing_is_left_of_what_failed(desk: Desk, tmp_path: Path) -> None:
    taken, before = tmp_path / "taken", sorted(tmp_path.iterdir())
    taken.write_text("kept")
    with pytest.raises(CdsError, match="nothing is overwritten"):
        giving_out.tables(desk, Wanted(), taken, facts=False)
    with pytest.raises(WrongShape, match="no facts"):
        giving_out.lines(desk, "fhir", Wanted(), tmp_path / "events", facts=True, told=lambda _more, _of: None)
    with pytest.raises(NotFound):
        giving_out.decision(desk, "5", tmp_path / "one.zip", facts=False)
    with pytest.raises(CdsError, match="It cannot be written"):
        giving_out.tables(desk, Wanted(), taken / "tables", facts=False)
    assert (taken.read_text(), sorted(tmp_path.iterdir()), exports(desk)) == ("kept", sorted([*before, taken]), [])


def test_what_cannot_be_recorded_is_not_given_out(settings: Settings, tmp_path: Path) -> None:
    held = sqlite3.connect(store.path_of(settings.audit_url))
    nowhere = settings.model_copy(update={"audit_spool": Path("/proc/nowhere")})
    ways: Mapping[str, Callable[[Desk, Path], object]] = {
        "one.zip": lambda desk, out: giving_out.decision(desk, audited.decision(1).decision_id, out, facts=True),
        "all.ndjson": lambda desk, out: giving_out.lines(desk, "ndjson", Wanted(), out, facts=False, told=lambda _more, _of: None),
        "tables": lambda desk, out: giving_out.tables(desk, Wanted(), out, facts=False),
        "copy.sqlite3": keeping.backup,
    }
    with desks.at(nowhere, patience=0.1) as desk:
        for name, give in ways.items():
            give(desk, tmp_path / f"recorded-{name}")
        before = {path.name for path in tmp_path.iterdir()}
        held.execute("BEGIN IMMEDIATE")
        for name, give in ways.items():
            with pytest.raises(LedgerUnavailable, match="SQLITE_BUSY"):
                give(desk, tmp_path / name)
    held.close()
    assert {path.name for path in tmp_path.iterdir()} - before == set()


def test_a_bundle_without_the_release_that_decided_says_so(settings: Settings, tmp_path: Path) -> None:
    told: list[str] = []
    with desks.at(settings, told.append) as desk:
        desk.ledger.sign_head()
        giving_out.decision(desk, audited.decision(1).decision_id, tmp_path / "one.zip", facts=False)
        key = proving.keys(desk.ledger)[0]
    assert ["is not held here, and not in the bundle" in one for one in told] == [True]
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert "The release is not here" in packed.read("README.txt").decode()
    command = (sys.executable, "-I", verify.__file__, str(tmp_path / "one.zip"), "--key", key)
    checked = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ("note  the release 1.0.0 is not in the bundle" in checked.stdout, "It holds." in checked.stdout) == (True, True)


def test_a_name_that_the_ledger_does_not_have_is_not_written_into_it(desk: Desk) -> None:
    typed = desk.narrowed(Wanted(client="Jane Roe", tenant="7 High Street", release="born 1970"))
    assert typed == dict.fromkeys(("client", "tenant", "release"), "not in the ledger")
    assert desk.narrowed(Wanted(client="spec", tenant="north", release="1.0.0")) == {"client": "spec", "tenant": "north", "release": "1.0.0"}


def test_what_is_given_out_is_for_its_owner_alone(desk: Desk, tmp_path: Path) -> None:
    giving_out.decision(desk, audited.decision(1).decision_id, tmp_path / "one.zip", facts=False)
    giving_out.tables(desk, Wanted(), tmp_path / "tables", facts=False)
    assert [(tmp_path / name).stat().st_mode & 0o077 for name in ("one.zip", "tables")] == [0, 0]
