"""One thing that `cds serve --check` looked at: how it stands, what was found, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from cds.foundation.errors import CdsError, Diagnostic

State = Literal["ok", "warning", "failed", "not checked"]
"""`failed` is ours to mend, and the service should not be started so; a `warning` lies with others, or costs one client alone."""

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "configuration": "Set it as docs/reference/configuration.md says.",
        "public URL": "Set CDS_PUBLIC_URL to the https address that callers use, and let a proxy in front end TLS.",
        "content": "Name a folder of sealed releases in CDS_CONTENT, a version of it in CDS_RELEASE, a profile in CDS_PROFILE.",
        "clients": "Mend the file that CDS_CLIENTS names, as docs/how-to/register-a-client.md says.",
        "profile": "Name spec, epic, cerner or a file, and codes that the release of this client has.",
        "keys": "Ask the client for its key set, and let this machine reach it by https.",
        "FHIR server": "See that fhir_server is its public https address, that it runs, and that this machine can reach it.",
        "clock": "Set the clock of this machine by NTP; if it is right, tell the client that its server is wrong.",
        "ledger keys": "Name the file of keys in CDS_AUDIT_KEYS, as docs/how-to/keep-the-keys.md says; put back a key that is missing.",
        "ledger": "Give the service a folder on a local disk that it may write to; of a damaged ledger keep a copy and restore the last backup.",
        "spool": "Give the service a folder on a local disk that it may write to, in CDS_AUDIT_SPOOL.",
        "heads": "Give the service a folder that it may write to, in CDS_AUDIT_HEADS, and name a program that is there in CDS_AUDIT_HEAD_COMMAND.",
    }
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, whose it is where it is a client's, how it stands, what was found, and else what to do."""

    what: str
    state: State
    found: str
    client: str = ""
    advice: str = ""

    @property
    def remedy(self) -> str:
        """What to do about it; empty where it is well."""
        return "" if self.state == "ok" else self.advice or REMEDIES[self.what]


def failing(what: str, error: CdsError, client: str = "", state: State = "failed") -> Finding:
    """That it failed, or else stands as `state` says, for the reason of the error."""
    return Finding(what, state, " ".join(one.text for one in error.diagnostics()), client)


def named(one: Diagnostic) -> str:
    """A diagnostic with its place before it."""
    return f"{one.expression}: {one.text}" if one.expression else one.text
