"""A decision model as Markdown (CommonMark with tables), for people to read and to review. It is written only, never read."""

import re
from collections.abc import Iterable, Iterator, Mapping

from cds.dmn.formats import grid, grid_words
from cds.dmn.model import DecisionModel

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def write(model: DecisionModel, *, title: str = "", evidence: Mapping[str, str] | None = None) -> str:
    """The decisions in order, each with its question, its hit policy and its rules; `evidence` says what keys of evidence mean."""
    book = grid.book(model)
    return "\n".join(
        [*_head(title or book.model), *(line for part in grid_words.parts(book) for line in _part(part)), *_evidence(book, evidence or {})]
    )


def escaped(text: str) -> str:
    """Text as it is, whatever Markdown would make of its signs; a line break stays inside the cell."""
    return SPECIAL.sub(r"\\\1", text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def _head(title: str) -> list[str]:
    return [f"# {escaped(title)}", "", grid_words.READING, ""]


def _part(part: grid_words.Part) -> Iterator[str]:
    yield from (f"## {escaped(part.name)}", "", escaped(part.question), "")
    if part.policy:
        yield from (f"Hit policy: {escaped(part.policy)}", "")
    yield _row(f"**{escaped(head)}**" if number in part.given else escaped(head) for number, head in enumerate(part.heads))
    yield _row("---" for _ in part.heads)
    for row in part.rows:
        yield _row("<br>".join(map(_line, lines)) for lines in row)
    yield ""
    yield from (f"- {escaped(note)}" for note in part.notes)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _line(line: tuple[str, str]) -> str:
    name, text = line
    return f"{escaped(name)}: {escaped(text)}" if name else escaped(text)


def _evidence(book: grid.Book, meanings: Mapping[str, str]) -> Iterator[str]:
    told = grid_words.evidence(book, meanings)
    if told:
        yield from ("## Evidence", "")
        yield from (f"- {escaped(key)}: {escaped(meaning)}" for key, meaning in told)
        yield ""
