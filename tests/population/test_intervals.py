"""Wilson's interval: by values that were worked out elsewhere, and by what must hold of every interval."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.population import intervals
from cds.population.intervals import Share

COUNTS = st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
        (0, 20, 0.0, 0.1611),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_the_interval_has_the_bounds_of_published_examples(part: int, whole: int, low: float, high: float) -> None:
    assert [round(bound, 4) for bound in intervals.wilson(part, whole)] == [low, high]


@given(COUNTS)
def test_the_bounds_are_where_the_score_test_just_does_not_reject(counts: tuple[int, int]) -> None:
    part, whole = counts
    for bound in intervals.wilson(part, whole):
        if 0 < bound < 1:
            score = abs(part / whole - bound) / math.sqrt(bound * (1 - bound) / whole)
            assert score == pytest.approx(intervals.Z95, rel=1e-6)


@given(COUNTS)
def test_the_interval_holds_the_share_and_lies_between_none_and_all(counts: tuple[int, int]) -> None:
    low, high = intervals.wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


@given(COUNTS)
def test_the_share_of_the_others_has_the_mirrored_interval(counts: tuple[int, int]) -> None:
    low, high = intervals.wilson(*counts)
    assert intervals.wilson(counts[1] - counts[0], counts[1]) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_more_of_the_same_makes_the_interval_narrower() -> None:
    widths = [high - low for low, high in (intervals.wilson(3 * times, 10 * times) for times in (1, 10, 100))]
    assert widths == sorted(widths, reverse=True)


def test_of_fewer_than_five_no_share_and_no_interval_is_told() -> None:
    assert [(Share(1, whole).value, Share(1, whole).interval) for whole in (1, 4)] == [(None, None)] * 2
    assert (Share(0, 0).value, Share(1, 5).value) == (None, 0.2)
    assert Share(1, 5).interval == intervals.wilson(1, 5)


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 1), (0, -1)])
def test_a_part_that_is_no_part_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="part"):
        Share(part, whole)
