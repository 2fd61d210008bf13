"""Bounds on what is read: no message of the size that is taken may keep a worker busy for seconds or fill a card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_NODES = 20_000
"""Objects, lists and values of a submitted response: a whole form has about a thousand, and the R4 models are slow."""
MAX_ENTRIES = 20_000
"""Entries read of one prefetch key: more than the chart of a lifetime has of one kind."""
MAX_ITEMS = 500
"""Items of one response: several times what a form asks."""
MAX_FORM_ITEMS = 2_000
"""Items of a questionnaire that was not released here."""
MAX_ANSWERS = 2_000
"""Answers of one response: every option of every question ticked is fewer."""
MAX_COMPARISONS = 200_000
"""Comparisons of one response with the items of its form and their conditions: a form of hundreds of both takes some thousands."""
MAX_PATTERN = 1_000
"""Characters of a regular expression that is tried."""
MAX_PATTERNS = 100
"""Regular expressions compiled for one response."""
MAX_STEPS = 100_000_000
"""Steps that the regular expressions may take over one response, which is about a second."""
MAX_PROBLEMS = 50
"""So many faults are told one by one; of more, only their number."""

MAX_NAMES = 20
"""Names in one sentence."""


@dataclass
class Budget:
    """What may still be spent, and whether more than that was asked for."""

    left: int
    exceeded: bool = False

    def take(self, cost: int) -> bool:
        """True where it is spent; what costs more than is left is not."""
        if cost > self.left:
            self.exceeded = True
            return False
        self.left -= cost
        return True


def exceeds(value: object, most: int) -> bool:
    """True when a JSON value has more objects, lists and values in it than that; counts no further."""
    waiting, count = [value], 0
    while waiting and count <= most:
        one = waiting.pop()
        count += 1
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return count > most


def listed(names: Iterable[str]) -> str:
    """Some names in their order for one sentence, and of more their number."""
    known = sorted(names)
    rest = len(known) - MAX_NAMES
    return ", ".join(known[:MAX_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def limited(problems: Iterable[str]) -> tuple[str, ...]:
    """Each fault once, and of those beyond the bound their number."""
    told = list(dict.fromkeys(problems))
    rest = len(told) - MAX_PROBLEMS
    return tuple(told) if rest <= 0 else (*told[:MAX_PROBLEMS], f"{rest} more faults are not listed.")
