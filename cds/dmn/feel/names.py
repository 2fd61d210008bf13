"""Declared names and where they stand in a text: longest match first (DMN 1.5, 10.3.1.5).

A name may hold spaces and the signs `. / - ' + *`; a space in it stands for any white space in the text.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

START = r"(?:[^\W\d]|[^\x00-\x7f\s\w])"
PART = r"(?:\w|[^\x00-\x7f\s\w])"
WORD = re.compile(f"{START}{PART}*")
ENDS_OPEN = re.compile(f"{PART}$")
PART_AT = re.compile(PART)
SEVERAL = re.compile(r"\s+")


@dataclass(frozen=True)
class Match:
    """A name as it was declared, and where it ends in the text."""

    name: str
    end: int


class Names:
    """A set of names, found by the word that each begins with."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[str, re.Pattern[str] | None]]] = {}
        for name in sorted(names, key=lambda name: (-len(name), name)):
            first = WORD.match(name)
            if first:
                self._by_word.setdefault(first[0], []).append((name, _pattern(name)))

    def match(self, text: str, position: int, word: str) -> Match | None:
        """The longest name at the position, where the text has this word."""
        for name, pattern in self._by_word.get(word, ()):
            end = _end(name, pattern, text, position)
            if end and not (ENDS_OPEN.search(name) and PART_AT.match(text, end)):
                return Match(name, end)
        return None


@functools.lru_cache(maxsize=32)
def declared(names: frozenset[str]) -> Names:
    """The index of these names; kept, for all cells of a release are read over the same ones."""
    return Names(names)


def longest(indexes: Iterable[Names], text: str, position: int) -> Match | None:
    """The longest name of any of the indexes at the position."""
    word = WORD.match(text, position)
    if not word:
        return None
    found = [match for names in indexes if (match := names.match(text, position, word[0]))]
    return max(found, key=lambda match: match.end, default=None)


def _pattern(name: str) -> re.Pattern[str] | None:
    return re.compile(r"\s+".join(re.escape(part) for part in name.split())) if SEVERAL.search(name) else None


def _end(name: str, pattern: re.Pattern[str] | None, text: str, position: int) -> int:
    if pattern is None:
        return position + len(name) if text.startswith(name, position) else 0
    found = pattern.match(text, position)
    return found.end() if found else 0
