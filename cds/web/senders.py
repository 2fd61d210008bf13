"""Whose page sent a form: a page elsewhere could else write into the ledger of a service on this machine."""

import flask
from werkzeug.exceptions import Forbidden

from cds.foundation.outbound import origins
from cds.foundation.outbound.origins import OriginPolicy

ADDRESS = "CDS_ADDRESS"
"""The configuration of the application that holds its public address."""

OURSELVES = ("same-origin", "none")
_THIS_MACHINE = OriginPolicy(loopback=True)


def check() -> None:
    """Raises Forbidden for what a browser says comes from another site.

    `Sec-Fetch-Site` and `Origin`, where they are sent, must each say that it comes from this service. Its origin is that of its public
    address, or the one in `Host` where that is an address of this machine: any other name could be made to lead here.
    """
    headers = flask.request.headers
    if headers.get("Sec-Fetch-Site", "none") not in OURSELVES or not _is_ours(headers.get("Origin")):
        raise Forbidden


def _is_ours(told: str | None) -> bool:
    if told is None:
        return True
    sender, public = origins.parse(told), origins.parse(flask.current_app.config[ADDRESS])
    if sender is None:
        return False
    if public is not None and sender.origin == public.origin:
        return True
    here = origins.parse(f"{sender.origin.scheme}://{flask.request.host}")
    return here is not None and sender.origin == here.origin and bool(_THIS_MACHINE.addresses(here.origin))
