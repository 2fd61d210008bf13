"""A door that takes one token, and keeps who knocked and who was counted, so that the web is tested without keys."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from cds.foundation.errors import TooManyRequests, Unauthorized
from cds.service.admission import Door, Knock
from cds.values.client import Caller
from cds.web import application
from cds.web.callers import Entrance
from cds.web.limits import Limits
from tests import openapi
from tests.web.conftest import Lines, uses

ADDRESS = "https://cds.example.org"
EHR = "https://ehr.example.org"
HOSPITAL = Caller("A hospital", "ward-1")
GOOD = "Bearer canary-token"
SIGNED = {"Authorization": GOOD}
ELSEWHERE = "Host: elsewhere"


@dataclass
class Porter:
    """Stands at the door of a test."""

    knocks: list[Knock] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def admit(self, knock: Knock) -> Caller:
        """Takes the one token."""
        self.knocks.append(knock)
        if knock.authorization != GOOD:
            raise Unauthorized("canary-cause")
        return HOSPITAL

    def count(self, key: str, limit: int) -> None:
        """Counts without an end of the minute."""
        self.counted[key] += 1
        if self.counted[key] > limit:
            raise TooManyRequests("There were too many calls in this minute. Wait for the next.", retry_after=17)

    def look(self, key: str, limit: int) -> None:
        """Looks without counting."""
        if self.counted[key] >= limit:
            raise TooManyRequests("There were too many calls in this minute. Wait for the next.", retry_after=17)

    def charge(self, key: str, times: int) -> None:
        """Counts, whatever the limit."""
        self.counted[key] += times

    def apart(self, client: str, number: int) -> int:
        """Has room for one."""
        self.counted[f"apart:{client}"] += number
        return 1

    def door(self) -> Door:
        """The door."""
        return Door(
            closed=True, admit=self.admit, count=self.count, allows=lambda origin: origin == EHR, look=self.look, charge=self.charge, apart=self.apart
        )


def guarded(
    porter: Porter,
    log: Lines,
    *,
    theirs: Mapping[str, Callable[..., Any]] | None = None,
    anybody: Mapping[str, Callable[..., Any]] | None = None,
    limits: Limits | None = None,
    **chosen: Any,
) -> FlaskClient:
    """Calls a service behind the door, where `theirs` are use cases of the hospital alone, and `anybody` those of callers without a token."""
    entrance = Entrance(porter.door(), {HOSPITAL: uses(**(theirs or {}))}, limits or Limits(), **chosen)
    app = application.assemble(uses(**(anybody or {})), body_limit=5_000, secure=True, log=log, address=ADDRESS, entrance=entrance)
    return openapi.client(app)
