"""A registered CDS client: who may call, how its tokens are checked, and what it is answered with."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["auditor", "exporter", "eraser"]


@dataclass(frozen=True)
class Client:
    """One entry of the file that `CDS_CLIENTS` names; checked when it was read.

    `issuer` is the `iss` of its tokens. Its keys are at `jwks_url` or in the file `jwks_file`, one of the two; the other is None.
    `tenants` are the tenant claims that are let in; empty lets in any, and none. `fhir_server` is the base URL that is fetched
    from for it, and no other. `origins` are the browser origins that may call. `profile` names a client profile, `release` is a
    version to answer by, None for the one in force. `lenient_feedback` also takes feedback whose audience is the service's URL.
    `roles` are what it may do with the ledger beside having its decisions recorded: none by default.
    """

    name: str
    issuer: str
    jwks_url: str | None = None
    jwks_file: str | None = None
    tenants: tuple[str, ...] = ()
    fhir_server: str | None = None
    origins: tuple[str, ...] = ()
    profile: str = "spec"
    release: str | None = None
    lenient_feedback: bool = False
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Caller:
    """Who calls, once that is known. `tenant` is empty where the client has no list of tenants."""

    client: str
    tenant: str = ""


ANYBODY = Caller("")
"""A caller who was not asked for a token: in development without registered clients, and people at the form."""
