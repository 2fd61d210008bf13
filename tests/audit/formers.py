"""Ledgers of earlier forms, as the software of their time wrote them."""

import lzma
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from cds.audit.entries import former
from cds.audit.entries.former import FormerRow

HERE = Path(__file__).parent
HEADS = {
    1: "f52d218de5eb06cbdf7b0f144a2d35976d5c7744cef8a31dc7b8da3a453521f2",
    2: "6d13dd603f93ef1e65562294e1f33f7c370037fe3f28ad19999efaf51fec8a6f",
}
ROWS = {1: 3, 2: 94}


def written(path: Path, form: int) -> Path:
    """The ledger of that form, at this path."""
    if form == 1:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript((HERE / "form-1.sql").read_text(encoding="utf-8"))
    else:
        path.write_bytes(lzma.decompress((HERE / "ledgers" / "form-2.sqlite3.xz").read_bytes()))
    return path


def asked(path: Path, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What SQLite says."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(question, values).fetchall()


def rows(path: Path) -> list[FormerRow]:
    """The rows, by number."""
    return [FormerRow(*values) for values in asked(path, f"SELECT {', '.join(former.COLUMNS)} FROM ledger ORDER BY seq")]


def chained(path: Path, bodies: Sequence[tuple[str, str, str, bytes]]) -> None:
    """Adds rows as an earlier version did: id, instant, channel and body of each."""
    last = rows(path)[-1]
    seq, previous = last.seq, last.hash
    for entry_id, at, channel, body in bodies:
        seq, own = seq + 1, former.hash_of(seq + 1, previous, body)
        asked(path, "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", (seq, entry_id, at, channel, previous, own, body))
        previous = own
