"""The rows of CDS Hooks by which a service is judged: the table in `rows.toml`, in the order of its sections."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

SHALL, SHOULD, MAY, NONE = "SHALL", "SHOULD", "MAY", "none"
LEVELS = (SHALL, SHOULD, MAY, NONE)
BINDS = ("service", "client", "ours")


@dataclass(frozen=True)
class Row:
    """One row. `section` is the title of its letter, `chapter` where the standard speaks of it (empty for a row of ours).

    `level` is the strongest word of the row, `versions` those of CDS Hooks that ask for it (empty where it is a best practice or ours),
    `binds` is service, client or ours, `outside` whether it can be judged by HTTP alone, `asks` the row in our words.
    """

    id: str
    section: str
    level: str
    versions: tuple[str, ...]
    binds: str
    outside: bool
    chapter: str
    asks: str


def load() -> dict[str, Row]:
    """All rows by id, in order."""
    table = tomllib.loads(resources.files("cds.client").joinpath("rows.toml").read_text(encoding="utf-8"))
    return {name: _row(name, section["title"], entry) for section in table.values() for name, entry in section.items() if name != "title"}


def _row(name: str, section: str, entry: Mapping[str, Any]) -> Row:
    return Row(name, section, **{**entry, "versions": tuple(entry["versions"])})
