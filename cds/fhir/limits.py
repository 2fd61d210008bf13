"""Bounds on what is read: no message of the size that is taken may keep a worker busy for seconds or fill a card."""

from collections.abc import Iterable, Mapping

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
MAX_PROBLEMS = 50
"""So many faults are told one by one; of more, only their number."""


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


def limited(problems: Iterable[str]) -> tuple[str, ...]:
    """Each fault once, and of those beyond the bound their number."""
    told = list(dict.fromkeys(problems))
    rest = len(told) - MAX_PROBLEMS
    return tuple(told) if rest <= 0 else (*told[:MAX_PROBLEMS], f"{rest} more faults are not listed.")
