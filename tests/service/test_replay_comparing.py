"""What differs between two documents, place by place."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.foundation import canonical
from cds.service.replaying import comparing
from cds.service.replaying.comparing import Difference

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=1), inside, max_size=3),
    max_leaves=12,
)


def _whole(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    return [(one.path, one.old, one.new) for one in comparing.whole({"x": old}, {"x": new}, with_cards=True)]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (1, 2, [("x", 1, 2)]),
        (1, True, [("x", 1, True)]),
        (Decimal("7.0"), 7, []),
        (Decimal("36.6"), 36.6, []),
        ((1, 2), [1, 2], []),
        ({"a": 1}, {}, [("x.a", 1, None)]),
        ({"a": None}, {}, [("x.a", None, None)]),
        ([1, 2], [1, 3], [("x[1]", 2, 3)]),
        ([1, 2, 3], [1, 3], [("x[1]", 2, None)]),
        ([1, 3], [0, 1, 3], [("x[0]", None, 0)]),
        ([{"a": 1}, {"a": 2}], [{"a": 1}], [("x[1]", {"a": 2}, None)]),
        ({"a": []}, {"a": {}}, [("x.a", [], {})]),
    ],
)
def test_each_place_is_named_with_both_sides(old: Any, new: Any, found: list[tuple[str, Any, Any]]) -> None:
    assert _whole(old, new) == found


@given(JSON, JSON)
def test_nothing_differs_just_where_the_canonical_forms_are_alike(old: Any, new: Any) -> None:
    assert (not _whole(old, new)) == (canonical.dumps(old) == canonical.dumps(new))


def test_cards_do_not_count_where_they_cannot_be_made_again() -> None:
    assert comparing.whole({"cards": [1]}, {"cards": [2]}, with_cards=False) == ()


def test_a_difference_is_json() -> None:
    assert Difference("triage.urgency", "none", "urgent").plain() == {"path": "triage.urgency", "old": "none", "new": "urgent"}
