"""How sure a share is: the score interval of Wilson (1927) for a binomial proportion."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
"""The standard normal deviate between which and its negative 95 % lie."""
FEWEST = 5
"""Of fewer no share is told: a percentage of three says more than three can."""


@dataclass(frozen=True)
class Share:
    """So many of so many. `part` is at most `whole`, and neither is negative."""

    part: int
    whole: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.whole:
            raise ValueError("a part is at least 0 and at most its whole")

    @property
    def value(self) -> float | None:
        """The share between 0 and 1; None of fewer than `FEWEST`."""
        return self.part / self.whole if self.whole >= FEWEST else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which shares the true one lies, with 95 % confidence; None of fewer than `FEWEST`."""
        return wilson(self.part, self.whole) if self.whole >= FEWEST else None


def wilson(part: int, whole: int, z: float = Z95) -> tuple[float, float]:
    """The interval of `part` in `whole`, which is at least 1; both bounds lie in [0, 1] and around the share."""
    share, square = part / whole, z * z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = z / (1 + square / whole) * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    return (0.0 if part == 0 else max(0.0, middle - half), 1.0 if part == whole else min(1.0, middle + half))
