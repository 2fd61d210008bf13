"""Bodies from outside: what is read, what is refused with which error, and that no error repeats what was sent."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation import canonical, strict_json
from cds.foundation.errors import CdsError, NotJson, TooLarge, WrongShape

LIMIT = 1_000_000
CANARY = "canary-7f3a"
NUMBERS = st.integers(-(10**15) + 1, 10**15 - 1) | st.decimals(-(10**6), 10**6, places=3, allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
SCALARS = st.none() | st.booleans() | TEXT | NUMBERS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20)


def loads(text: str | bytes, limit: int = LIMIT) -> Any:
    """The value of a body, with a limit that is out of the way."""
    return strict_json.loads(text.encode() if isinstance(text, str) else text, limit=limit)


def nested(depth: int, opening: str, closing: str) -> str:
    """A text of so many levels."""
    return opening * depth + closing * depth


@given(VALUES)
def test_any_json_value_comes_back_as_it_was_written(value: Any) -> None:
    text = json.dumps(value, default=float)
    assert canonical.plain(loads(text)) == canonical.plain(value)


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value, default=float).encode()[:-1]))
def test_any_bytes_give_a_value_or_one_of_our_errors(body: bytes) -> None:
    try:
        loads(body)
    except CdsError as error:
        assert error.diagnostics()[0].text


def test_a_number_with_a_fraction_is_read_exactly() -> None:
    assert loads("[1.10, -0.0, 1e2, 5]") == [Decimal("1.10"), Decimal("-0.0"), Decimal("1e2"), 5]
    assert isinstance(loads("5"), int)


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert loads(b'"aaaa"', limit=6) == "aaaa"
    with pytest.raises(TooLarge, match="7 bytes; at most 6"):
        loads(b'"aaaaa"', limit=6)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_32_levels_are_read_and_33_are_not(opening: str, closing: str) -> None:
    step = len(opening.replace('"a":', ""))
    core = "1" if "a" in opening else ""
    allowed = opening * (32 // step) + core + closing * (32 // step)
    assert loads(allowed) is not None
    with pytest.raises(NotJson, match="deeper than 32"):
        loads("[" + allowed + "]")


def test_a_scalar_at_the_deepest_level_is_no_level_of_its_own() -> None:
    assert loads("[" * 32 + "1" + "]" * 32)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_body_nested_without_end_is_refused_and_the_process_lives(depth: int) -> None:
    with pytest.raises(NotJson, match="deeper than 32"):
        loads(nested(depth, "[", "]"))


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '{"b": {"a": 1, "a": 2}}', '[[{"a": 1, "\\u0061": 2}]]', '{"b": [{"c": {"a": 0, "a": 0}}]}'])
def test_a_key_that_stands_twice_is_refused_at_any_level(text: str) -> None:
    with pytest.raises(NotJson, match="same key twice"):
        loads(text)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_number_is_refused(word: str) -> None:
    with pytest.raises(NotJson, match="not JSON"):
        loads(f'{{"a": [{word}]}}')


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "1e-400", "1e99999999999999999999", "0e99999999999999999999", "0e400", "9" * 301, "-" + "9" * 300]
)
def test_a_number_that_no_double_holds_is_refused(number: str) -> None:
    with pytest.raises(NotJson, match="out of range"):
        loads(f"[{number}]")


@pytest.mark.parametrize("number", ["1e300", "1e-300", "0.0", "0e10", "9" * 300])
def test_a_number_at_the_edge_of_the_range_is_read(number: str) -> None:
    assert loads(f"[{number}]") == [Decimal(number)]


@pytest.mark.parametrize("body", [b"\xff\xfe", b'"\xe9"', b'"\xc3"', b"{}\x80", "{}".encode("utf-16")])
def test_bytes_that_are_not_utf_8_are_refused(body: bytes) -> None:
    with pytest.raises(NotJson, match="UTF-8"):
        loads(body)


@pytest.mark.parametrize(
    ("text", "place"), [("", "line 1, column 1"), ('{\n"a": }', "line 2, column 6"), ("{} {}", "column 4"), ("\ufeff{}", "column 1")]
)
def test_a_syntax_error_is_named_by_line_and_column(text: str, place: str) -> None:
    with pytest.raises(NotJson, match=place):
        loads(text)


@pytest.mark.parametrize("text", ["[]", '"a"', "1", "null", "true"])
def test_a_body_must_be_an_object_where_one_is_asked_for(text: str) -> None:
    with pytest.raises(WrongShape, match="not an object"):
        strict_json.load_object(text.encode(), limit=LIMIT)
    assert strict_json.load_object(b'{"a": 1}', limit=LIMIT) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        f"{CANARY}",
        f'{{"{CANARY}": 1, "{CANARY}": 2}}',
        f'{{"{CANARY}": NaN}}',
        f'{{"{CANARY}": 1e400}}',
        f'["{CANARY}"',
        f'["{CANARY}"]',
        f'{{"a": "{CANARY}\n"}}',
        "[" * 40 + f'"{CANARY}"' + "]" * 40,
    ],
)
def test_no_error_repeats_what_was_sent(text: str) -> None:
    with pytest.raises(CdsError) as caught:
        strict_json.load_object(text.encode(), limit=LIMIT)
    assert CANARY not in str(caught.value)
    assert CANARY not in str(caught.value.diagnostics())
