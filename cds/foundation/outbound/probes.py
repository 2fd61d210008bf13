"""What an operator asks of a registered server before the service starts: whether it may be called, and what time it has."""

from concurrent import futures
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cds.foundation.outbound import budgets
from cds.foundation.outbound.budgets import NotFetched
from cds.foundation.outbound.calls import Call


def addresses(call: Call) -> tuple[str, ...]:
    """Those that the server would be called at, each of them judged; raises NotFetched."""
    try:
        return call.addresses.result(call.deadline.left())
    except futures.TimeoutError:
        raise NotFetched(budgets.LATE) from None


def date(call: Call, below: str = "") -> datetime | None:
    """The time of the server, in whole seconds, by the header Date of its answer to HEAD (RFC 9110, 6.6.1), whatever the status.

    Asked is the base of the call, or what is `below` it. None where it does not say; raises NotFetched.
    """
    from cds.foundation.outbound import network  # noqa: PLC0415 (httpcore is loaded by whoever calls something first)

    line = network.Line(addresses(call), call.deadline, call.budget.connect, lambda: call.outbound.trust)
    with network.opened("HEAD", call.below(below) if below else call.base, {"Accept": "*/*"}, line) as reply:
        said = next((value.decode("latin-1") for name, value in reply.headers if name.lower() == b"date"), "")
    return _instant(said)


def _instant(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
