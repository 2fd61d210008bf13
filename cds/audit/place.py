"""Where a ledger lives, and what stands beside it: its heads, its spool, its keys."""

from dataclasses import dataclass, replace
from pathlib import Path

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql://"


@dataclass(frozen=True)
class Place:
    """The address of a ledger and its surroundings.

    `heads` is the folder that signed heads are written to, after every `head_records` records and `head_minutes` minutes; `head_command` is
    run after each with the file's path behind it, empty for none. `spool` is the folder for what the store could not take. `keys` is the
    file that names the keys; where it is not there and `make_keys`, keys are made.
    """

    url: str
    heads: Path
    spool: Path
    keys: Path
    make_keys: bool = False
    head_records: int = 1_000
    head_minutes: int = 10
    head_command: tuple[str, ...] = ()


def with_its_keys(place: Place) -> Place:
    """The place of a ledger that was written before: keys that are there may be those of development, and none are made."""
    return replace(place, make_keys=place.make_keys and place.keys.exists())


def beside(url: str, **chosen: object) -> Place:
    """The place of a ledger whose surroundings stand in its folder, in `var` for one that is no file; `chosen` are fields that differ."""
    path = Path(url.removeprefix(SQLITE)).absolute() if url.startswith(SQLITE) else Path("var").absolute() / "ledger"
    usual = {"heads": path.parent / "heads", "spool": path.parent / "spool", "keys": path.parent / "keys" / "audit-keys.toml"}
    return Place(**{"url": url, **usual, **{name: value for name, value in chosen.items() if value is not None}})  # type: ignore[arg-type]
