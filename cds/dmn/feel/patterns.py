"""XPath's regular expressions in those of Python, for `matches`, `replace` and `split` (DMN 1.5, 10.3.4.3).

Refused, so that the function gives null: what Python reads otherwise or not at all (back references, `\\p{..}`, `\\i`, `\\c`, subtracted
classes, `(?..)` other than `(?:..)`, possessive signs), and what could run for hours: a repeated group that repeats or chooses inside, and
more repetition than the length of the text allows.
"""

import re
from dataclasses import dataclass, field

LONGEST_PATTERN = 500
WORK = 10**8
"""The most steps that a pattern may need, as the text's length to the power of what it repeats."""
MOST_TIMES = 1000
FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": re.NOFLAG}
QUANTIFIER = re.compile(r"(?:[*+?]|\{([0-9]{1,6})(?:,([0-9]{0,6}))?\})\??")
CLASS_ESCAPES = "dDwWsS"
SIGN_ESCAPES = "\\|.?*+(){}[]^$-"
CHARACTER_ESCAPES = "nrt"


class Refused(ValueError):
    """The pattern is not XPath's, or not one that is read here."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern; `repeats` counts the signs that repeat without a bound."""

    compiled: re.Pattern[str]
    repeats: int

    def over(self, text: str) -> re.Pattern[str]:
        """The pattern to use on the text; Refused where the work could be too much."""
        if max(len(text), 1) ** (self.repeats + 1) > WORK:
            raise Refused("too much repetition for a text of this length")
        return self.compiled


def compiled(pattern: str, flags: str = "") -> Pattern:
    """The Python pattern of an XPath one, with the flags `s m i x`."""
    if not set(flags) <= FLAGS.keys() or len(pattern) > LONGEST_PATTERN:
        raise Refused("unknown flag, or a pattern too long")
    reader = _Reader(pattern, "s" in flags, "m" in flags, "x" in flags)
    text = reader.translated()
    try:
        return Pattern(re.compile(text, sum(FLAGS[flag] for flag in set(flags))), reader.repeats)
    except (re.error, OverflowError) as error:
        raise Refused(str(error)) from error


def replacement(text: str, groups: int) -> list[str | int]:
    """What replaces a match: texts and numbers of groups, of `$1`, `\\$` and `\\\\`."""
    parts: list[str | int] = []
    for found in re.finditer(r"\\([\\$])|\$([0-9])|([^\\$]+)|.", text, re.DOTALL):
        if found.lastindex is None:
            raise Refused("a `$` or `\\` that stands alone")
        number = int(found[2]) if found[2] else None
        parts.append(found[1] or found[3] if number is None else number if number <= groups else "")
    return parts


@dataclass
class _Reader:
    """Walks a pattern once, and gives each sign as Python wants it."""

    pattern: str
    dotall: bool
    multiline: bool
    spaced: bool
    position: int = 0
    repeats: int = 0
    said: list[str] = field(default_factory=list)

    def translated(self) -> str:
        self._alternatives()
        if self.position < len(self.pattern):
            raise Refused("a `)` too many")
        return "".join(self.said)

    def _alternatives(self) -> bool:
        """Reads to the end or to `)`; whether anything inside repeats or chooses."""
        busy = False
        while self._next() not in ("", ")"):
            if self._next() == "|":
                self._say("|")
                busy = True
            else:
                inside = self._atom()
                busy = self._quantifier(inside) or busy
        return busy

    def _next(self) -> str:
        while self.spaced and self.pattern[self.position : self.position + 1].isspace():
            self.position += 1
        return self.pattern[self.position : self.position + 1]

    def _say(self, text: str, taken: int = 1) -> None:
        self.said.append(text)
        self.position += taken

    def _atom(self) -> bool:
        """One thing that a quantifier may follow; whether it repeats or chooses inside."""
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            self._class()
        elif character == "\\":
            self._escape(SIGN_ESCAPES)
        elif character in "*+?{}]":
            raise Refused(f"`{character}` out of place")
        else:
            signs = {".": "." if self.dotall else r"[^\n\r]", "$": "$" if self.multiline else r"\Z", "^": "^"}
            self._say(signs.get(character, re.escape(character)))
        return False

    def _group(self) -> bool:
        plain = self.pattern.startswith("(?:", self.position)
        if not plain and self.pattern.startswith("(?", self.position):
            raise Refused("`(?` is not read")
        self._say("(?:" if plain else "(", 3 if plain else 1)
        busy = self._alternatives()
        if self._next() != ")":
            raise Refused("a `(` that is not closed")
        self._say(")")
        return busy

    def _escape(self, signs: str) -> None:
        character = self.pattern[self.position + 1 : self.position + 2]
        if not character or character not in signs + CLASS_ESCAPES + CHARACTER_ESCAPES:
            raise Refused(f"`\\{character}` is not read")
        self._say("\\" + character, 2)

    def _class(self) -> None:
        self._say("[")
        if self.pattern.startswith("^", self.position):
            self._say("^")
        empty = True
        while not self.pattern.startswith("]", self.position) or empty:
            self._class_member()
            empty = False
        self._say("]")

    def _class_member(self) -> None:
        character = self.pattern[self.position : self.position + 1]
        if character == "\\":
            self._escape(SIGN_ESCAPES)
        elif not character or character in "[]" or self.pattern.startswith("--", self.position):
            raise Refused("a class that is not closed, or one inside another")
        elif self.spaced and character.isspace():
            self.position += 1
        else:
            self._say("\\" + character if character in "&~|" else character)

    def _quantifier(self, inside: bool) -> bool:
        """Reads a quantifier if there is one; whether the whole now repeats or chooses."""
        self._next()
        found = QUANTIFIER.match(self.pattern, self.position)
        if not found:
            return inside
        most = 1 if found[0][0] == "?" else int(found[2] or found[1]) if found[1] and found[2] != "" else MOST_TIMES + 1
        if inside and most > 1:
            raise Refused("a repeated group that repeats or chooses inside")
        if found[1] and max(int(found[1]), int(found[2] or 0)) > MOST_TIMES:
            raise Refused("too many times")
        self.repeats += most > 1
        self._say(found[0], len(found[0]))
        return True
