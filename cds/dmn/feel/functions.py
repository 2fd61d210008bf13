"""The built-in functions that expressions may call (DMN 1.5, 10.3.4). Arguments that do not fit give null."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.dmn.feel import signatures
from cds.dmn.feel.builtins import conversion, lists, numbers, ranges, strings, temporals
from cds.dmn.feel.signatures import Signature

KINDS = {
    "Numbers": numbers.FUNCTIONS,
    "Texts": strings.FUNCTIONS,
    "Lists and truth": lists.FUNCTIONS,
    "Dates, times and durations": temporals.FUNCTIONS,
    "Conversion and contexts": conversion.FUNCTIONS,
    "Points and ranges": ranges.FUNCTIONS,
}
"""What the modules list, by the heading of the reference."""

CLOCK = ("now", "today")
"""Functions of the standard that read a clock. A decision is made of its inputs only, so these are refused."""


def _built_in() -> Mapping[str, tuple[Signature, ...]]:
    found: dict[str, tuple[Signature, ...]] = {}
    for listed in KINDS.values():
        for text, function in listed:
            name = text[: text.index("(")]
            found[name] = (*found.get(name, ()), signatures.signature(text, function))
    return found


BUILT_IN = _built_in()
"""The signatures of each function, in the order in which they are tried."""


def takes(name: str, count: int) -> bool:
    """Whether the function of that name takes so many arguments."""
    return any(signature.takes(count) for signature in BUILT_IN[name])


def order(name: str, parameters: Sequence[str]) -> tuple[int | None, ...] | None:
    """The places of named arguments in the order of the function's parameters; None when the names do not fit any signature."""
    found = (signature.order(parameters) for signature in BUILT_IN[name])
    return next((places for places in found if places is not None), None)


def call(name: str, arguments: Sequence[Any]) -> Any:
    """The value of the function; null when no signature fits the arguments."""
    for signature in BUILT_IN[name]:
        bound = signature.bound(arguments)
        if bound is not None:
            return signature.function(*bound)
    return None
