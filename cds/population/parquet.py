"""Tables as Parquet files, a row group at a time, so that a table of any length fits in memory. The one owner of pyarrow."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
from pyarrow import parquet

from cds.foundation.errors import CdsError

Kind = Literal["text", "integer", "number", "boolean", "instant", "texts", "pairs"]
TYPES: Mapping[Kind, Any] = MappingProxyType(
    {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "instant": pa.timestamp("us", tz="UTC"),
        "texts": pa.list_(pa.string()),
        "pairs": pa.map_(pa.string(), pa.string()),
    }
)
"""How each kind is written: an instant as microseconds in UTC, `texts` as a list, `pairs` as a map from text to text."""
READ: Mapping[Kind, Callable[[Any], Any]] = MappingProxyType(
    {
        "text": str,
        "integer": int,
        "number": float,
        "boolean": bool,
        "instant": datetime.fromisoformat,
        "texts": lambda value: [str(one) for one in value],
        "pairs": lambda value: list(value.items()),
    }
)
"""What pyarrow takes of each kind."""
GROUP = 10_000
"""Rows of one row group."""


REFUSED = "The table cannot be written. Name a new file in a folder that can be written to, and see that the disk has room."


class TableRefused(CdsError):
    """The file cannot be written."""

    code = "processing"


@dataclass(frozen=True)
class Column:
    """A column: its name, what it holds and, for people, what that says. Any value may be missing."""

    name: str
    kind: Kind
    about: str


def write(path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, group: int = GROUP) -> int:
    """Writes a new file and returns how many rows it has; a member that no column names is left out, one that is not there is null.

    An instant is RFC 3339. TableRefused where the file cannot be made or written; what was written of it stays.
    """
    schema = pa.schema([pa.field(one.name, TYPES[one.kind], metadata={"about": one.about}) for one in columns])
    written = 0
    try:
        with path.open("xb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in _batched(rows, group):
                writer.write_table(_table(schema, columns, batch))
                written += len(batch)
    except OSError as error:
        raise TableRefused(
            "The table cannot be written. Name a new file in a folder that can be written to, and see that the disk has room."
        ) from error
    return written


def _table(schema: Any, columns: Sequence[Column], batch: Sequence[Mapping[str, Any]]) -> Any:
    return pa.table([pa.array([_value(row.get(one.name), one.kind) for row in batch], TYPES[one.kind]) for one in columns], schema=schema)


def _value(value: Any, kind: Kind) -> Any:
    """As pyarrow takes it; empty text, which says nothing, is null."""
    return None if value is None or value == "" else READ[kind](value)


def _batched(rows: Iterable[Mapping[str, Any]], size: int) -> Iterable[tuple[Mapping[str, Any], ...]]:
    found = iter(rows)
    while batch := tuple(itertools.islice(found, size)):
        yield batch
