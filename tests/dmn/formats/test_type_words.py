"""Types in plain words: every base has some, and every limit is told."""

import pytest

from cds.dmn.formats import item_types, type_words

TOLD = {
    "string: yes, no": "one of yes, no",
    'string: "a, b", c; never unknown': 'one of "a, b", c, always known',
    "string: acute, unknown; never unknown": "one of acute, unknown",
    "list of string: cough, sit": "any of cough, sit",
    "integer: 0..4; never unknown": "a whole number from 0 to 4, always known",
    "number: 0.5..": "a number of at least 0.5",
    "number: ..10": "a number of at most 10",
    "date; list": "a list, each item a date",
    "number; only: > 0; named: dose": "a number, matching > 0",
}


@pytest.mark.parametrize("line", TOLD)
def test_a_type_is_told_with_its_limits(line: str) -> None:
    assert type_words.words(line) == TOLD[line]


def test_every_base_has_words() -> None:
    assert set(type_words.WORDS) == set(item_types.BASES)
