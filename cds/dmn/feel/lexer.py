"""Reads FEEL text piece by piece: numbers, strings, signs and names (DMN 1.5, 10.3.1.2 to 10.3.1.5)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from cds.dmn.feel import functions, names, temporal
from cds.dmn.feel.arithmetic import ARITHMETIC
from cds.dmn.feel.names import PART, START, WORD, Names

SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
NUMBER = re.compile(rf"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!{PART})")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
SIGN = re.compile(r"\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{},.:?@]")
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
NEW = rf"{START}(?:[\s.\-/'+*]*{PART})*"
LABEL = re.compile(rf"({NEW})\s*(?=:)")
BOUND = re.compile(rf"({NEW}?)(?=\s+in\b)")
PARAMETER = re.compile(rf"({NEW})\s*(?=[,):])")
ENTRY = re.compile(rf"{START}{PART}*(?:-{START}{PART}*)*")
KEYWORDS = frozenset(
    (
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "instance",
        "function",
        "true",
        "false",
        "null",
    )
)
BUILT_IN = Names(functions.BUILT_IN)
PROPERTIES = Names(("time offset", "start included", "end included"))
LAST = 0x10FFFF
"""The last code point there is."""

DEEPEST = 64
"""Levels of brackets, calls and the like in one text."""

FOUND = 20
"""How much of the text an error shows, in characters."""


class Misread(ValueError):
    """The text is not FEEL as supported; the message names the column and what was expected."""


@dataclass(frozen=True)
class Token:
    """`kind` is number, string, temporal, name, word (a name that nobody declared), function, sign (keywords too) or end."""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None


class Scanner:
    """Gives one token after the other; which names there are depends on what has been bound so far.

    `entries` are the entries of contexts that are known; `question` says whether `?` means something here.
    """

    def __init__(self, text: str, declared: Names) -> None:
        self.text = text
        self.position = 0
        self.entries: set[str] = set()
        self.question = False
        self._scopes = [declared]
        self._depth = 0
        self._ahead: Token | None = None

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Within it the text is one level deeper; too many are refused."""
        if self._depth == DEEPEST:
            self.refuse(f"no more than {DEEPEST} levels inside each other")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def bound(self, *bound: str) -> Iterator[None]:
        """Within it these names are declared too; `?` may be one."""
        self._scopes.append(Names(bound))
        questions, self.question = self.question, self.question or "?" in bound
        self._ahead = None
        try:
            yield
        finally:
            self.question = questions
            self._scopes.pop()
            self._ahead = None

    def peek(self) -> Token:
        """The next token, not taken."""
        if self._ahead is None:
            self._ahead = self._read()
        return self._ahead

    def take(self) -> Token:
        """The next token, taken."""
        token = self.peek()
        self.move(token.end)
        return token

    def move(self, position: int) -> None:
        """Goes on at the position."""
        self.position = position
        self._ahead = None

    def sees(self, *signs: str) -> bool:
        """Whether the next token is one of the signs."""
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def accept(self, *signs: str) -> str:
        """Takes the next token if it is one of the signs, and gives it; else the empty text."""
        return self.take().text if self.sees(*signs) else ""

    def expect(self, *signs: str) -> str:
        """Takes one of the signs, or refuses the text."""
        return self.accept(*signs) or self.refuse(" or ".join(f"`{sign}`" for sign in signs))

    def word(self, word: str) -> None:
        """Takes this word, or refuses the text."""
        if self.peek().text != word:
            self.refuse(f"`{word}`")
        self.take()

    def label(self, pattern: re.Pattern[str]) -> str:
        """Takes a name that is being declared, where the pattern matches; else the empty text."""
        found = pattern.match(self.text, self.here())
        if not found:
            return ""
        self.move(found.end())
        return " ".join(found[1].split())

    def string(self) -> str:
        """Takes a string that names an entry, or refuses the text."""
        if self.peek().kind != "string":
            self.refuse("the name of an entry")
        return str(self.take().value)

    def here(self) -> int:
        """Where the next token begins."""
        space = SPACE.match(self.text, self.position)
        return space.end() if space else self.position

    def follows(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern matches what comes next."""
        return pattern.match(self.text, self.here()) is not None

    def entry(self) -> str:
        """Takes the name of an entry: a known one by longest match, else a word; hyphens join words, but not to a declared name."""
        start = self.here()
        found = names.longest((Names(self.entries), PROPERTIES), self.text, start)
        plain = ENTRY.match(self.text, start)
        if not plain:
            self.refuse("the name of an entry")
        end = found.end if found else self._before_declared(start, plain.end())
        self.move(end)
        return found.name if found else self.text[start:end]

    def refuse(self, expected: str) -> NoReturn:
        """Refuses the text at the next token."""
        start = self.here()
        rest = self.text[start : start + FOUND]
        raise Misread(f"cannot be read at column {start + 1}: expected {expected}, found {repr(rest) if rest else 'the end'}")

    def _before_declared(self, start: int, end: int) -> int:
        """`loan.rate-fee` subtracts where `fee` is declared."""
        for hyphen in re.finditer("-", self.text[start:end]):
            if names.longest(self._scopes, self.text, start + hyphen.end()):
                return start + hyphen.start()
        return end

    def _read(self) -> Token:
        start = self.here()
        if start >= len(self.text):
            return Token("end", "", start, start)
        character = self.text[start]
        if character in '@"':
            return self._quoted(start)
        if character.isdigit() or (character == "." and self.text[start + 1 : start + 2].isdigit()):
            return self._number(start)
        return self._named(start) or self._sign(start)

    def _number(self, start: int) -> Token:
        found = NUMBER.match(self.text, start)
        value = ARITHMETIC.create_decimal(found[0]) if found else None
        if not found or value is None or not value.is_finite():
            self.move(start)
            self.refuse("a number below 1e300")
        return Token("number", found[0], start, found.end(), value)

    def _quoted(self, start: int) -> Token:
        at = self.text[start] == "@"
        self.position = start
        found = STRING.match(self.text, start + at)
        if not found:
            self.refuse('a date, time or duration as in @"2026-01-31"' if at else 'a text that ends with `"`')
        value = unescaped(found[1])
        if value is None:
            self.refuse("a text without half a surrogate pair")
        if not at:
            return Token("string", found[0], start, found.end(), value)
        moment = temporal.literal(value)
        if moment is None:
            self.refuse("a date, time or duration that exists, without a named time zone")
        return Token("temporal", found[0], start, found.end(), moment)

    def _named(self, start: int) -> Token | None:
        word = WORD.match(self.text, start)
        if not word:
            return None
        name = names.longest(self._scopes, self.text, start)
        built_in = BUILT_IN.match(self.text, start, word[0])
        if built_in and (name is None or built_in.end >= name.end) and self._opens(built_in.end):
            return Token("function", built_in.name, start, built_in.end)
        if word[0] in KEYWORDS and (name is None or name.end <= word.end()):
            return Token("sign", word[0], start, word.end())
        return Token("name", name.name, start, name.end) if name else Token("word", word[0], start, word.end())

    def _opens(self, position: int) -> bool:
        space = SPACE.match(self.text, position)
        return self.text.startswith("(", space.end() if space else position)

    def _sign(self, start: int) -> Token:
        found = SIGN.match(self.text, start)
        if not found:
            self.move(start)
            self.refuse("a value, a name or a sign of FEEL")
        return Token("sign", found[0], start, found.end())


def unescaped(text: str) -> str | None:
    """The text that a string literal says; two escapes may make one character; None where half a pair stands alone."""
    if "\\" not in text:
        return text if text.isascii() or _whole(text) else None
    said = ESCAPE.sub(_character, text).encode("utf-16-le", "surrogatepass")
    try:
        return said.decode("utf-16-le")
    except UnicodeDecodeError:
        return None


def _whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _character(escape: re.Match[str]) -> str:
    point = escape[1] or escape[2]
    if point is None:
        return ESCAPED.get(escape[3], escape[0])
    return chr(int(point, 16)) if int(point, 16) <= LAST else "\ud800"
