"""Row I1: browsers that ask beforehand (CDS Hooks 3.0, "Cross-Origin Resource Sharing")."""

from collections.abc import Iterator
from types import MappingProxyType

from cds.client.checks.visit import NotChecked, Visit, success, told
from cds.client.wire import Reply

UNLISTED = "https://unlisted.example.org"
ALLOWED = "access-control-allow-origin"


def browsers(visit: Visit) -> Iterator[str]:
    """I1: needs an origin that the service is said to allow."""
    if not visit.origin:
        raise NotChecked("No browser origin was given that this service allows.")
    asked = _asked(visit, visit.origin)
    if not success(asked) or asked.headers.get(ALLOWED) not in (visit.origin, "*"):
        yield f"A browser of the origin that was given, asking beforehand without a token, got {told(asked)} or no leave to call."
    if asked.headers.get(ALLOWED) != "*" and _asked(visit, UNLISTED).headers.get(ALLOWED) is not None:
        yield "A browser of an origin that nobody listed was given leave to call."


def _asked(visit: Visit, origin: str) -> Reply:
    call, _ = visit.sound
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    return visit.ask("OPTIONS", call.path, kind="preflight", service=call.service, headers=headers)


CHECKS = MappingProxyType({"I1": browsers})
