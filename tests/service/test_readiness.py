"""Whether the service is ready is looked at once a second at most, however often it is asked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cds.service import readiness
from cds.service.readiness import Readiness
from tests.service.conftest import Knee

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class Looks:
    """A service that finds something else at each look, and the clock that it goes by."""

    now: datetime = AT
    made: list[int] = field(default_factory=list)

    def look(self) -> dict[str, Any]:
        """What is found."""
        self.made.append(len(self.made))
        return {"ready": self.made[-1] % 2 == 0}

    def asked(self) -> Readiness:
        """Asks by this clock."""
        return Readiness(self.look, lambda: self.now)


def test_what_was_found_is_told_for_a_second_and_then_looked_for_again() -> None:
    looks = Looks()
    asked = looks.asked()
    assert [asked()["ready"] for _ in range(100)] == [True] * 100
    looks.now += timedelta(milliseconds=999)
    assert (asked()["ready"], len(looks.made)) == (True, 1)
    looks.now += timedelta(milliseconds=1)
    assert (asked()["ready"], len(looks.made)) == (False, 2)


def test_a_clock_that_was_set_back_keeps_nothing() -> None:
    looks = Looks()
    asked = looks.asked()
    asked()
    looks.now -= timedelta(hours=1)
    assert (asked()["ready"], len(looks.made)) == (False, 2)


def test_a_service_is_asked_by_its_own_clock(knee: Knee) -> None:
    assert readiness.of(knee.app)()["ready"] is True
