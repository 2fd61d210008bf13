"""A ledger of before, brought to the form of today, and what an insider with its keys could do to it."""

import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds.audit import place
from cds.audit.carrying import upgrading
from cds.audit.entries import sealing
from cds.audit.entries.stored import StoredRecord
from cds.audit.ledger import Ledger
from cds.audit.tree import merkle
from cds.foundation.settings import Settings
from cds.releases import manifests
from cds.service import application, ledgers
from cds.values.record import ActionRecord, AuditRecord
from tests.audit import formers

ROOT = Path(__file__).parents[2]
NAME = "audit.sqlite3"
CONDITION = "low-back-pain"
DECISIONS = 66


def kept(factory: pytest.TempPathFactory) -> Path:
    """The folder of `upgraded`, to be copied and never changed: made once a run, for all its processes, by the first that asks."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "upgraded"
    with (shared / "upgraded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            upgraded(Path(tempfile.mkdtemp(dir=shared))).rename(folder)
    return folder


def upgraded(folder: Path) -> Path:
    """The folder with the ledger that the software wrote before its ledger was a tree: 66 decisions of three releases."""
    path = formers.written(folder / NAME, 2)
    action = ActionRecord("upgraded", "2026-11-22T12:00:00.000Z", "upgrade", "user:tester")
    upgrading.upgrade(place.beside(f"sqlite:///{path}", make_keys=True), action, lambda *_: None)
    return folder


def settings(folder: Path, content: Path | None = None) -> Settings:
    """The settings for the ledger of that folder, and for a copy of the content where there is one."""
    ours = Settings(audit_url=f"sqlite:///{folder / NAME}")
    return ours.model_copy(update={"content": content}) if content else ours


def opened(folder: Path) -> Ledger:
    """The ledger of that folder."""
    return ledgers.for_reading(settings(folder), application.now)


def decisions(folder: Path) -> list[StoredRecord]:
    """Every row with a decision, by number."""
    with closing(opened(folder)) as ledger:
        return [one for one in ledger.records() if one.kind == "decision"]


def sealed_anew(folder: Path, stored: StoredRecord, change: Callable[[AuditRecord], AuditRecord]) -> None:
    """Exchanges a decision for a changed one, sealed under the key of its subject, with a leaf that fits: only a signed head tells."""
    with closing(opened(folder)) as ledger:
        changed = change(stored.record)
        assert stored.wrapped
        prepared = sealing.prepare(replace(changed, sealed=None), ledger.ring)
        body, sealed = sealing.close(prepared, ledger.ring.unwrap(stored.wrapped), stored.wrapped.key_id)
    with closing(sqlite3.connect(folder / NAME)) as connection, connection:
        connection.execute("UPDATE entries SET body = ?, sealed = ? WHERE seq = ?", (body, sealed, stored.seq))
        connection.execute("UPDATE leaves SET hash = ? WHERE seq = ?", (merkle.leaf(body), stored.seq))


def spoilt(folder: Path, stored: StoredRecord) -> None:
    """Exchanges one byte of what is sealed of a decision."""
    assert stored.sealed
    with closing(sqlite3.connect(folder / NAME)) as connection, connection:
        damaged = stored.sealed[:-1] + bytes([stored.sealed[-1] ^ 1])
        connection.execute("UPDATE entries SET sealed = ? WHERE seq = ?", (damaged, stored.seq))


def closed(folder: Path, stored: StoredRecord) -> None:
    """Takes away the key of a decision's subject, and says so nowhere."""
    with closing(sqlite3.connect(folder / NAME)) as connection, connection:
        connection.execute("DELETE FROM subject_keys WHERE subject = ?", (stored.row.subject,))


def assessment(record: AuditRecord, change: Callable[[dict[str, Any]], None]) -> AuditRecord:
    """The record with its assessment changed."""
    changed = json.loads(json.dumps(record.assessment, default=float))
    change(changed)
    return replace(record, private=replace(record.opened, assessment=changed))


def content(folder: Path) -> Path:
    """A copy of the content that ships."""
    shutil.copytree(Settings().content / CONDITION, folder / CONDITION)
    return folder


def ruled_otherwise(copy: Path, version: str, rule: Mapping[str, str], *, sealed: bool) -> None:
    """One output of one rule of a release is another; `sealed` says that manifest and index fit what stands there now."""
    folder = copy / CONDITION / version
    compiled = json.loads((folder / "compiled.json").read_text(encoding="utf-8"))
    (row,) = (row for row in compiled["tables"][rule["table"]]["rules"] if row["id"] == rule["id"])
    row["then"][rule["output"]] = rule["value"]
    (folder / "compiled.json").write_text(json.dumps(compiled), encoding="utf-8")
    if sealed:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8")) | {"files": manifests.files(folder)}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        index = copy / CONDITION / "index.json"
        listed = json.loads(index.read_text(encoding="utf-8"))
        (line,) = (line for line in listed["versions"] if line["version"] == version)
        line["digest"] = manifests.digest(manifest)
        index.write_text(json.dumps(listed), encoding="utf-8")
