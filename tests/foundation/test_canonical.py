"""Canonical bytes and digests: one value, one text (RFC 8785)."""

import hashlib
import json
import random
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation import canonical

FIFTEEN_DIGITS = st.builds(lambda digits, exponent: Decimal(digits).scaleb(-exponent), st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 20))
OBJECTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.integers(-5, 5) | st.text("ab", max_size=2), max_size=6)


def test_values_become_json_types() -> None:
    value = MappingProxyType({"a": (Decimal("1.50"), Decimal("2"), None, True), "b": [MappingProxyType({})], "c": 1.5})
    assert canonical.plain(value) == {"a": [1.5, 2, None, True], "b": [{}], "c": 1.5}
    assert isinstance(canonical.plain(Decimal("2.0")), int)


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()])
def test_a_value_that_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical.plain({"a": [value]})


@given(OBJECTS, st.randoms(use_true_random=False))
def test_the_order_of_keys_is_irrelevant(value: dict[str, Any], chance: random.Random) -> None:
    keys = list(value)
    chance.shuffle(keys)
    assert canonical.dumps({key: value[key] for key in keys}) == canonical.dumps(value)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\x00\x08\x1f\x7f"\\/\u2028\uffff\U0001f600\ue000'))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
DOCUMENTS = st.recursive(TEXTS | NUMBERS, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXTS, parts, max_size=4), max_leaves=20)


@given(DOCUMENTS)
def test_any_document_has_the_bytes_that_rfc8785_gives_it(document: Any) -> None:
    assert canonical.dumps(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1: "a"}, {None: 1}, object(), b"a"])
def test_what_has_no_canonical_form_is_refused_at_any_depth(value: Any) -> None:
    for document in (value, [value], {"a": [{"b": value}]}):
        with pytest.raises((TypeError, ValueError)):
            canonical.dumps(document)


def test_the_bytes_are_those_of_the_standard() -> None:
    assert (
        canonical.dumps({"b": Decimal("4.50"), "a": ["\u20ac", Decimal("2E-3"), 10**2], "\u00e9": None})
        == '{"a":["€",0.002,100],"b":4.5,"é":null}'.encode()
    )


def test_a_decimal_without_a_fraction_and_an_integer_are_one_value() -> None:
    assert canonical.dumps([Decimal("5.0")]) == canonical.dumps([5]) == b"[5]"


@given(FIFTEEN_DIGITS)
def test_fifteen_digits_survive_the_way_through_the_bytes(number: Decimal) -> None:
    text = canonical.dumps([number])
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == [number]


@given(OBJECTS, OBJECTS)
def test_two_values_have_the_same_bytes_only_when_they_are_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (canonical.dumps(one) == canonical.dumps(other)) == (one == other)


def test_a_digest_names_its_algorithm() -> None:
    assert canonical.digest(b"abc") == "sha256:" + hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("number", [Decimal(2) ** 53, Decimal("1e28"), -(Decimal(2) ** 60)])
def test_an_integer_beyond_what_a_double_counts_is_written_all_the_same(number: Decimal) -> None:
    assert canonical.dumps({"n": number}) == canonical.dumps({"n": float(number)})


def test_the_mark_of_an_id_is_the_beginning_of_its_sha_256() -> None:
    assert canonical.mark("abc") == hashlib.sha256(b"abc").hexdigest()[:16]
