"""Whether a call is meant for this service: by the address that was asked for, and without registered clients by who may have sent the browser."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import flask

from cds.foundation.errors import CdsError
from cds.foundation.outbound import origins
from cds.foundation.outbound.origins import OriginPolicy
from cds.service.admission import Door
from cds.web import callers

NOWHERE = "/-"
"""A path that no route has."""
NEAR = ("same-origin", "same-site", "none")
HOST = "This service has no registered clients and answers this machine alone: call it by localhost, a loopback address, or CDS_PUBLIC_URL."
SITE = "This came from a page of another site. Without registered clients only pages of this machine may call: docs/how-to/register-a-client.md."
_THIS_MACHINE = OriginPolicy(loopback=True)


class NotForUs(CdsError):
    """A call that somebody else's page or name led here."""

    code = "security"


def install(app: flask.Flask, door: Door, address: str) -> None:
    """Refuses an address that begins with two slashes, which routing would take for one; and on every route, where the door is open to
    this machine, a `Host` that is neither of it nor that of the public `address`, and what a browser says another site sent.
    """

    app.wsgi_app = _spelled(app.wsgi_app)  # type: ignore[method-assign, assignment]

    @app.before_request
    def meant() -> None:
        if door.closed or callers.CALLER in flask.g:
            return
        if not _is_ours(flask.request.host, address):
            raise NotForUs(HOST)
        if not _is_near(door):
            raise NotForUs(SITE)


def _spelled(inner: WSGIApplication) -> WSGIApplication:
    """Routing takes all slashes before a path for one; a token is for the exact path."""

    def call(asked: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if asked.get("PATH_INFO", "").startswith("//"):
            asked["PATH_INFO"] = NOWHERE
        return inner(asked, start)

    return call


def _is_ours(host: str, address: str) -> bool:
    """Any other name could be made to lead here by whoever holds it (DNS rebinding)."""
    public = origins.parse(address)
    named = origins.parse(f"{public.origin.scheme if public else 'http'}://{host}")
    return named is not None and (bool(_THIS_MACHINE.addresses(named.origin)) or (public is not None and named.origin == public.origin))


def _is_near(door: Door) -> bool:
    """Sent by no other site, or by a page that may call; or a link was followed, which shows a page of ours and changes nothing."""
    headers = flask.request.headers
    if headers.get("Sec-Fetch-Site", "none") in NEAR:
        return True
    opened = (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest")) == ("navigate", "document")
    return ("Origin" in headers and door.allows(headers["Origin"])) or (opened and flask.request.method in ("GET", "HEAD"))
