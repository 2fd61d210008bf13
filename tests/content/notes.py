"""The clinical notes of `../shared` as data, for the tests that compare a release with them."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Cells = tuple[str, ...]
Tables = Mapping[str, Mapping[str, Cells]]
Raw = Mapping[str, Any]

ENTERED = ("D1-M.", "D2.", "D3.", "D4.", "T.", "D5.", "D6.", "D7.", "D8.", "D8b.", "D8c.", "D9.", "D10.", "D11.", "D12.", "D13.")
APPRAISALS = "D12."
RANKS = {"1.": ("emergency", "4"), "2.": ("urgent", "3"), "3.": ("routine", "2")}
ORIGINS = {"s": "article", "g": "guideline", "s+g": "article+guideline", "x": "expert"}
LEVELS = ("CONTRAINDICATED", "AVOID", "CAUTION", "OK")
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ROW_ID = re.compile(r"[A-Z]+-\d+[a-z]?")
CLAIM = re.compile(r"S\d-\d+")
RANGE = re.compile(r"([A-Z]+)-(\d+) to [A-Z]+-(\d+)")
DISPLAY = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b")


def sections(path: Path) -> dict[str, dict[str, Cells]]:
    """The rows of a page of notes by the first word of their heading (`D9.`) and by id; a treatment has the id `X-` and its code."""
    found: dict[str, dict[str, Cells]] = {}
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").split()[0]
        elif line.startswith("| ") and heading:
            first, *rest = cells(line)
            name = f"X-{first}" if heading == APPRAISALS and first != "code" else first
            found.setdefault(heading, {})[name] = tuple(rest)
    return found


def cells(line: str) -> Cells:
    """The cells of a line of a table."""
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def identified(rows: Mapping[str, Cells]) -> dict[str, Cells]:
    """The rows that have an id, without the line of heads."""
    return {name: row for name, row in rows.items() if ROW_ID.fullmatch(name) or name.startswith("X-")}


def in_entered(tables: Tables) -> dict[str, Cells]:
    """Every row of the tables that a release must hold."""
    return {name: row for section in ENTERED for name, row in identified(tables[section]).items()}


def stem(identifier: str) -> str:
    """The notes' id of a row that was split: F-10 of F-10.1, U-01 of U-01."""
    return re.sub(r"\.\d+$", "", identifier)


def by_stem(entered: Iterable[Raw], name: str) -> list[Raw]:
    """The rules that one row of the notes became."""
    return [rule for rule in entered if stem(rule["id"]) == name]


def listed(cell: str, by: str = ",") -> list[str]:
    """The words of a cell."""
    return [word.strip() for word in cell.split(by) if word.strip()]


def placed_claims(path: Path) -> dict[str, set[str]]:
    """claim-rows.md by row; of `D12 heat, ice` with `a; b` each row has its part, without `;` every row has all."""
    found: dict[str, set[str]] = {}
    ((_, rows),) = sections(path).items()
    for name, (claims,) in ((name, row) for name, row in rows.items() if name != "row"):
        names = [f"X-{code}" for code in listed(name.removeprefix("D12 "))] if name.startswith("D12 ") else [name]
        parts = listed(claims, ";")
        for index, one in enumerate(names):
            found.setdefault(one, set()).update(CLAIM.findall(parts[index] if len(parts) == len(names) else claims))
    return found


def givers(path: Path) -> dict[str, set[str]]:
    """recommendation-codes.md: the rows that give each code, or the start of their ids (`C-`, `X-`) where no row is named."""
    found: dict[str, set[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| code"):
            names, given, *_ = cells(line)
            codes = listed(names)
            for code, rows in zip(codes, _parts(given, len(codes)), strict=True):
                found[code] = rows
    return found


PREFIXES = {"C rows": "C-", "F rows": "F-", "D12": "X-", "D11": "K-", "D0": "D0-", "red-flags.md section 4": "WF-"}


def _parts(given: str, count: int) -> list[set[str]]:
    """The givers of each of some codes: a part of the cell a code where there are as many parts, else all for each."""
    bare = re.sub(r" when .*|\(.*?\)", "", given)
    for by in (";", ","):
        if count > 1 and len(listed(bare, by)) == count:
            return [rows_in(part) for part in listed(bare, by)]
    return [rows_in(bare)] * count


def rows_in(text: str) -> set[str]:
    """The ids in a text, ranges written out (`R-00 to R-05`), and the starts of ids that a word such as `D12` stands for."""
    spans = (range(int(low), int(high) + 1) for _, low, high in RANGE.findall(text))
    ranged = {f"{letter}-{number:02}" for (letter, _, _), span in zip(RANGE.findall(text), spans, strict=True) for number in span}
    starts = {start for word, start in PREFIXES.items() if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)}
    return ranged | {row for row in re.findall(r"\b[A-Z]+-\d+\b", text) if row not in PREFIXES} | starts


def displays(cell: str) -> set[str]:
    """The displays that a cell of D6 or D12 names; `D7's level` stands for each of them."""
    shown = re.split(r";| \(", cell, maxsplit=1)[0]
    return set(LEVELS) if "D7" in shown else set(DISPLAY.findall(shown)) - {"D"}


def numbers(text: str) -> set[str]:
    """The numbers of a text in figures, those of ids and codes left out."""
    return set(re.findall(r"\d+", re.sub(r"\b[A-Z]+-?\d+\b", "", text)))


def spelled(text: str) -> set[str]:
    """The numbers of a text in words, `twice` as two."""
    said = text.replace("twice", "two")
    return {str(number) for number, word in enumerate(WORDS, 1) if re.search(rf"\b{word}\b", said, re.IGNORECASE)}
