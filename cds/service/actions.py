"""What is done with the service and its ledger, as records of the ledger: each is durable before the action is answered."""

import os
import pwd
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from cds.audit.ledger import Ledger
from cds.foundation import instants
from cds.values.client import Caller
from cds.values.record import Action, ActionRecord

SERVICE = "service"
"""The actor where nobody asked for it."""


class Parts(Protocol):
    """What a record is made with; an application has it."""

    @property
    def ledger(self) -> Ledger | None:
        """Where it is kept; nowhere without one."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """When it is."""

    @property
    def new_id(self) -> Callable[[], str]:
        """What names it."""


def record(parts: Parts, action: Action, actor: str, role: str = "", detail: Mapping[str, Any] | None = None, *, tenant: str = "") -> ActionRecord:
    """Keeps it; raises LedgerUnavailable, and then nothing of it may be answered."""
    made = made_by(parts, action, actor, role, detail, tenant=tenant)
    if parts.ledger:
        parts.ledger.append(made)
    return made


def made_by(parts: Parts, action: Action, actor: str, role: str = "", detail: Mapping[str, Any] | None = None, *, tenant: str = "") -> ActionRecord:
    """The record, for what keeps it with what it does in one transaction."""
    return ActionRecord(parts.new_id(), instants.written(parts.clock(), "milliseconds"), action, actor, role, tenant, dict(detail or {}))


def of_client(caller: Caller) -> str:
    """The actor who is a registered client."""
    return f"client:{caller.client}"


def of_user() -> str:
    """The actor who is the user that runs this process, as the system knows it and not as its environment says; by number where it has no name."""
    try:
        return f"user:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"user:{os.getuid()}"
