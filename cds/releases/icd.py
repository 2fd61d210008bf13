"""ICD-10-CM patterns to codes with their descriptions, in the order of the tabular list; only where value sets are made, never at run time.

A pattern is a code (`R50.9`), a code and all below it (`M54.5*`), or all below the codes of a range (`C00-C96`, ends included).
"""

import functools
import warnings
from collections.abc import Iterator, Mapping, Sequence

from cds.foundation.errors import ContentError

Codes = tuple[tuple[str, str], ...]


def expanded(patterns: Sequence[str], without: Sequence[str], *, place: str) -> dict[str, str]:
    """The descriptions by code, pattern after pattern. ContentError names `place` when a pattern takes nothing or the tables are not installed."""
    found: dict[str, str] = {}
    for pattern in patterns:
        taken = {code: text for code, text in _near(pattern) if covers(pattern, code)}
        if not taken:
            raise ContentError(f"The pattern {pattern} takes no code of ICD-10-CM. Correct it.", expression=place)
        found |= {code: text for code, text in taken.items() if code not in found}
    left_out = {code for pattern in without for code in found if covers(pattern, code)}
    return {code: text for code, text in found.items() if code not in left_out}


def covers(pattern: str, code: str) -> bool:
    """Whether the pattern takes the code."""
    low, _, high = pattern.partition("-")
    if high:
        return low <= code[: len(low)] <= high
    return code.startswith(pattern[:-1].rstrip(".")) if pattern.endswith("*") else code == pattern


def _near(pattern: str) -> Iterator[tuple[str, str]]:
    """The codes that begin with a letter that the pattern may take."""
    low, _, high = pattern.partition("-")
    for letter, codes in _tabular().items():
        if low[0] <= letter <= (high or low)[0]:
            yield from codes


@functools.cache
def _tabular() -> Mapping[str, Codes]:
    """All codes with descriptions by their first letter; chapters and blocks are no codes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import simple_icd_10_cm as tables  # noqa: PLC0415 (an optional extra, read in two seconds)
    except ImportError as error:
        raise ContentError("Making value sets needs the tables of ICD-10-CM. Install the extra `authoring`.") from error
    codes = [code for code in tables.get_all_codes() if tables.is_category_or_subcategory(code)]
    letters = dict.fromkeys(code[0] for code in codes)
    return {letter: tuple((code, tables.get_description(code)) for code in codes if code[0] == letter) for letter in letters}
