"""CPU and wall time of one call, many times over."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

WARM_UP = 20
_PER_MICROSECOND = 1000


@dataclass(frozen=True)
class Spread:
    """Percentiles in microseconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Timing:
    """CPU of the calling thread, and latency."""

    rounds: int
    cpu: Spread
    latency: Spread


def measure(call: Callable[[], Any], *, rounds: int) -> Timing:
    """Calls it `rounds` times after a warm-up; the collector runs before and not during."""
    for _ in range(min(WARM_UP, rounds)):
        call()
    with _collector_paused():
        pairs = [_timed(call) for _ in range(rounds)]
    return Timing(rounds, spread([cpu for cpu, _ in pairs]), spread([wall for _, wall in pairs]))


def spread(nanoseconds: Sequence[int]) -> Spread:
    """The percentiles of at least one measurement, by nearest rank."""
    ordered = sorted(nanoseconds)
    return Spread(*(ordered[-(-len(ordered) * rank // 100) - 1] / _PER_MICROSECOND for rank in (50, 95, 99)))


def _timed(call: Callable[[], Any]) -> tuple[int, int]:
    cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
    call()
    return time.thread_time_ns() - cpu, time.perf_counter_ns() - wall


@contextmanager
def _collector_paused() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
