"""Regular expressions of questionnaires, which anybody may send: each compiled once for a response, and tried within bounds.

re2 matches in time linear to the text, and refuses what it could not match so. This is the only module that imports it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import re2

from cds.fhir import limits
from cds.fhir.limits import Budget

_MEMORY = 512 * 1024
"""Bytes for the program of one expression: the widest that fits is compiled in some milliseconds."""


class Compiled(Protocol):
    """What re2 makes of an expression."""

    @property
    def programsize(self) -> int:
        """The steps that each byte of a text may take."""

    def fullmatch(self, text: str) -> object | None:
        """What matched, if the whole text did."""


def compiled(pattern: str) -> Compiled | None:
    """None for an expression that is too long or too wide, or that re2 refuses (look-around, back-references, a syntax error)."""
    if len(pattern) > limits.MAX_PATTERN:
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        made: Compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError):
        return None
    return made


@dataclass(frozen=True)
class Patterns:
    """The expressions tried for one response, with what may still be spent on them."""

    make: Callable[[str], Compiled | None] = compiled
    steps: Budget = field(default_factory=lambda: Budget(limits.MAX_STEPS))
    tries: Budget = field(default_factory=lambda: Budget(limits.MAX_PATTERNS))
    _made: dict[str, Compiled | None] = field(default_factory=dict)

    def matches(self, pattern: str, text: str) -> bool | None:
        """Whether the whole text has that form; None where the expression, or the text, is beyond the bounds."""
        if pattern not in self._made:
            self._made[pattern] = self.make(pattern) if self.tries.take(1) else None
        program = self._made[pattern]
        try:
            affordable = program is not None and self.steps.take(program.programsize * len(text.encode()))
            return program.fullmatch(text) is not None if program and affordable else None
        except UnicodeEncodeError:
            return None
