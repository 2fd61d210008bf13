"""The clockwork of the benchmarks; what it measures is not judged here."""

from tests.benchmarks import body, timing


def test_percentiles_are_taken_by_nearest_rank() -> None:
    assert timing.spread([1000 * number for number in range(1, 101)]) == timing.Spread(50.0, 95.0, 99.0)


def test_one_measurement_is_every_percentile() -> None:
    assert timing.spread([5000]) == timing.Spread(5.0, 5.0, 5.0)


def test_a_call_is_made_once_a_round_after_the_warm_up() -> None:
    calls: list[int] = []
    measured = timing.measure(lambda: calls.append(1), rounds=3)
    assert (measured.rounds, len(calls)) == (3, 6)


def test_the_request_is_about_forty_kilobytes() -> None:
    assert 36_000 < len(body.encoded(body.hook_request())) < 44_000
