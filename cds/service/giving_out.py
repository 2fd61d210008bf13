"""The ledger for somebody elsewhere, written to files on this machine: one decision with its proof, or many entries as lines or tables.

What is given out is made aside and recorded before it has its name: either it is all there and recorded, or nothing of it is.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.audit.tree.checkpoints import Checkpoint
from cds.foundation import canonical
from cds.foundation.errors import CdsError, NotFound, WrongShape
from cds.service import audit_tables, exporting, proving
from cds.service import ledger as entries
from cds.service.desk import Desk, Wanted
from cds.values.record import AuditRecord

AUDITOR = "auditor"
THERE = "There is something of that name already. Name another; nothing is overwritten."
NO_FACTS = "AuditEvents and Provenances hold no facts. Leave out --facts, or take ndjson or parquet."
SEVERAL = "This patient has several pseudonyms here, since the key of the pseudonyms was changed, and a table takes one. Export ndjson."

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Given:
    """What was written: how many entries, where, and the digest of a file."""

    count: int
    path: Path
    digest: str = ""
    rows: Mapping[str, int] | None = None

    def plain(self) -> dict[str, Any]:
        """For a program."""
        told = {"written": str(self.path), "count": self.count, "digest": self.digest, "rows": dict(self.rows or {})}
        return {name: value for name, value in told.items() if value not in ("", {})}


def decision(desk: Desk, decision_id: str, out: Path, *, facts: bool) -> Given:
    """The zip of one decision that `verify.py` in it checks. Raises NotFound, and Erased where facts cannot be opened any more."""
    record = entries.entry(desk, decision_id).public
    if not isinstance(record, AuditRecord):
        raise NotFound(entries.NO_DECISION)
    made = exporting.bundle(desk.settings, desk.ledger, record, facts=facts, warn=desk.warn)
    digest = canonical.digest(made)
    with _aside(out) as draft:
        draft.write_bytes(made)
        _record(desk, "zip", {"decision": record.decision_id}, 1, facts=facts, digest=digest)
    return Given(1, out, digest)


def lines(desk: Desk, kind: str, wanted: Wanted, out: Path, *, facts: bool, told: Told) -> Given:
    """A file of lines: `ndjson` with the bodies to the byte, or `fhir` with AuditEvents and Provenances.

    A part of the ledger as `ndjson` has a signed head as its first line, and the proof of each entry; a head is signed where none covers all.
    Raises NotFound where there is none and none can be.
    """
    if kind == "fhir" and facts:
        raise WrongShape(NO_FACTS, expression="--facts")
    size, searches = desk.ledger.state().size, desk.searches(wanted)
    digest, count = hashlib.sha256(), 0
    with _aside(out) as draft:
        with draft.open("wb") as file:
            for line in _lines(desk, kind, searches, facts=facts):
                file.write(line)
                digest.update(line)
                count += 1
                told(1, size)
        count -= _proved(kind, searches)
        named = f"sha256:{digest.hexdigest()}"
        _record(desk, kind, desk.narrowed(wanted), count, facts=facts, digest=named)
    return Given(count, out, named)


def tables(desk: Desk, wanted: Wanted, out: Path, *, facts: bool) -> Given:
    """A folder of Parquet files."""
    searches = _of_one_patient(desk, wanted)
    with _aside(out, folder=True) as draft:
        definitions = audit_tables.definitions(desk.settings) if facts else None
        rows = audit_tables.tables(desk.ledger, draft, definitions, searches)
        count = rows["decisions"] + rows["feedback"]
        _record(desk, "parquet", desk.narrowed(wanted), count, facts=facts)
    return Given(count, out, rows=rows)


def _of_one_patient(desk: Desk, wanted: Wanted) -> Sequence[Search]:
    """Those of the one pseudonym that the ledger has entries under; of the newest where it has none under any. Raises WrongShape for several."""
    searches = desk.searches(wanted)
    if len({one.subject for one in searches}) == 1:
        return searches
    found = {one.subject for one in searches if next(desk.ledger.records(replace(one, limit=1)), None)} or {searches[-1].subject}
    if len(found) > 1:
        raise WrongShape(SEVERAL, expression="--patient")
    return [one for one in searches if one.subject in found]


def _proved(kind: str, searches: Sequence[Search]) -> bool:
    """Whether the first line is a head, under which each of the others has its proof."""
    return kind == "ndjson" and tuple(searches) != (audit_tables.WHOLE,)


def _head(ledger: Ledger, warn: Callable[[str], None]) -> Checkpoint:
    """The newest, of the ledger as it is where one can be signed."""
    try:
        return proving.covering(ledger, ledger.state().size, warn)
    except NotFound:
        return proving.newest(ledger)


def _lines(desk: Desk, kind: str, searches: Sequence[Search], *, facts: bool) -> Iterator[bytes]:
    """One pseudonym of a patient after the other: they followed each other in time."""
    if kind == "fhir":
        return chain.from_iterable(audit_tables.fhir_ndjson(desk.ledger, one, address=desk.settings.address) for one in searches)
    if _proved(kind, searches):
        return audit_tables.ndjson_part(desk.ledger, _head(desk.ledger, desk.warn), searches, opened=facts)
    return audit_tables.ndjson(desk.ledger, opened=facts)


def _record(desk: Desk, form: str, narrowed: Mapping[str, Any], count: int, *, facts: bool, digest: str = "") -> None:
    detail = {"format": form, "filter": dict(narrowed), "count": count, "opened": facts} | ({"digest": digest} if digest else {})
    desk.record("export", detail, role=AUDITOR if facts else "")


@contextmanager
def _aside(out: Path, *, folder: bool = False) -> Iterator[Path]:
    """A file, or a folder, that gets its name when all is well; for its owner alone. Raises CdsError where it cannot be written."""
    if out.exists() or out.is_symlink():
        raise CdsError(THERE, expression=str(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as made:
            draft = Path(made) / out.name
            if folder:
                draft.mkdir(mode=0o700)
            else:
                os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
            yield draft
            draft.rename(out)
    except OSError as error:
        raise CdsError(f"It cannot be written: {error.strerror}.", expression=str(out)) from error
