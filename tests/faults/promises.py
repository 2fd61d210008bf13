"""Writes `docs/reference/promises.md` from what the tests of faults measured: `make faults`."""

import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "reference" / "promises.md"
HERE = Path(__file__).parent
FOLDER = "tests/faults/"
_HEAD = """# What the ledger promises, and what was measured

Each line is a test in `tests/faults`. `make faults` runs all of them at full length and writes this page from what they measured;
`make test` runs each of them in short, and fails when a test is not on this page. Speed is measured by `make bench`.

- Acknowledged: the caller was given the answer, so that its record must be there.
- Harmless: after the change every entry, proof and head is read exactly as before, since the byte was not in use.

"""
_TAIL = """
## What is not promised
- That nobody can change the ledger. Whoever can write to the store and has the keys can write it anew;
  a head that is kept elsewhere shows it, and nothing else does.
- That a record outlives the disk of the one host it is on. Back up, and keep heads elsewhere.
- That any law is complied with.
"""


@dataclass(frozen=True)
class Result:
    """What one test gave, with its figures in the order in which they were noted."""

    file: str
    name: str
    passed: bool
    figures: tuple[tuple[str, str], ...]
    skipped: str = ""
    """Why it was not run."""

    @property
    def function(self) -> str:
        """The name of the function, without what it was run with."""
        return self.name.partition("[")[0]


def tests() -> Iterator[tuple[str, str]]:
    """File and name of every test here that measures something."""
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        for name, one in vars(module).items():
            if name.startswith("test_") and "measured" in inspect.signature(one).parameters:
                yield path.name, name


def of_run(reporter: pytest.TerminalReporter) -> list[Result]:
    """The results of a run that noted figures, in the order of the tests."""
    reports = [one for kind in ("passed", "failed", "skipped") for one in reporter.getreports(kind) if isinstance(one, pytest.TestReport)]
    measuring = set(tests())
    found = [_result(one) for one in reports if one.when == "call" or one.skipped]
    return sorted((one for one in found if (one.file, one.function) in measuring), key=lambda one: (one.file, one.name))


def _result(report: pytest.TestReport) -> Result:
    path, _, name = report.nodeid.rpartition("::")
    figures = tuple((str(key), f"{value:,}" if isinstance(value, int) else str(value)) for key, value in report.user_properties)
    skipped = report.longrepr[2].removeprefix("Skipped: ") if report.skipped and isinstance(report.longrepr, tuple) else ""
    return Result(path.rpartition("/")[2], name, report.passed, figures, skipped)


def page(results: Sequence[Result], *, long: bool) -> str:
    """The page for these results, which were had at full length or in short."""
    files = dict.fromkeys(one.file for one in results)
    return _HEAD + _counts(results, long=long) + "".join(_section(file, [one for one in results if one.file == file]) for file in files) + _TAIL


def named(text: str) -> set[tuple[str, str]]:
    """File and name of every test on a page."""
    found, file = set(), ""
    for line in text.splitlines():
        if heading := re.search(r"\]\(\.\./\.\./tests/faults/(\w+\.py)\)", line):
            file = heading[1]
        if row := re.match(r"\| .* \| `(test_\w+)", line):
            found.add((file, row[1]))
    return found


def _counts(results: Sequence[Result], *, long: bool) -> str:
    skipped = sum(bool(one.skipped) for one in results)
    more = f"; {skipped} not run" if skipped else ""
    length = "at full length" if long else "in short: the counts below are those of `make test`, not of `make faults`"
    return f"**{sum(one.passed for one in results)} of {len(results)} passed{more}**, {length}.\n"


def _section(file: str, results: Sequence[Result]) -> str:
    module = importlib.import_module(f"{__package__}.{file.removesuffix('.py')}")
    title = (module.__doc__ or "").strip().splitlines()[0].rstrip(".")
    head = [f"\n## {title}", f"Tests: [{file}](../../tests/faults/{file}).", "", "| what holds | test | measured | passed |", "|---|---|---|---|"]
    return "\n".join([*head, *map(_row, results)]) + "\n"


def _row(one: Result) -> str:
    sentence = one.function.removeprefix("test_").replace("_", " ")
    figures = "<br>".join(f"{name.replace('_', ' ')}: {value}" for name, value in one.figures)
    told = f"not run: {one.skipped}" if one.skipped else figures
    return f"| {sentence} | `{one.name}` | {told} | {'-' if one.skipped else 'yes' if one.passed else 'no'} |"
