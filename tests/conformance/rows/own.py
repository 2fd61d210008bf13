"""Which tests a row has, read from the names of the functions in this folder."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from cds.client import rows
from tests.conformance.rows import counting
from tests.conformance.rows.target import Target

HERE = Path(__file__).parent
Check = Callable[[Target], None]


def tests() -> dict[str, list[str]]:
    """The names of the tests of each row, in the order of the files; a row without one has an empty list."""
    found: dict[str, list[str]] = {row: [] for row in rows.load()}
    for name, _ in _functions():
        found[counting.row_of(name)].append(name)
    return found


def own_tests(row: str) -> list[Check]:
    """The tests of the row that need nothing but a target: whatever service stands in its place, each raises where the row does not hold."""
    return [test for name, test in _functions() if counting.row_of(name) == row and list(inspect.signature(test).parameters) == ["target"]]


def file_of(row: str) -> str:
    """The name of the file with the tests of the row."""
    return next(path.name for path in sorted(HERE.glob(f"test_{row[0].lower()}_*.py")))


def _functions() -> Iterator[tuple[str, Any]]:
    for path in sorted(HERE.glob("test_[a-i]_*.py")):
        module: ModuleType = importlib.import_module(f"{__package__}.{path.stem}")
        yield from ((name, one) for name, one in vars(module).items() if counting.row_of(name))
