"""Ingredients known by name: a whole word, or several, in the words of an entry, in any case."""

import re
from collections.abc import Iterable

BY_NAME = "by name"
"""The provenance of what no code says."""
_SEPARATORS = re.compile(r"[\W_]+")


def normal(texts: Iterable[str]) -> str:
    """Lower-case words of letters and digits, each between single spaces, so that whole words can be found."""
    return f" {_SEPARATORS.sub(' ', ' | '.join(texts).casefold()).strip()} "


def patterns(words: Iterable[str]) -> list[str]:
    """Each as it stands in normal words: whole, or with an open end when it ends in `*`."""
    return [normal([word.removesuffix("*")]).rstrip() if word.endswith("*") else normal([word]) for word in words]
