"""Which releases the service answers by, as a record of the ledger: one whenever that changes, however many workers and starts there are."""

import uuid
from typing import Any

import cds
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.foundation import canonical, instants
from cds.foundation.errors import LedgerUnavailable
from cds.service import actions, application
from cds.service.application import Application
from cds.values.record import ActionRecord
from cds.values.release import Release

NAMESPACE = uuid.UUID("b0d7c9f4-51b7-4c53-9f60-3d4d8ac8f1aa")
"""Of the ids of activations, which are made from what they say and from the one before: workers that start together record one."""
CHANNEL = "action:activation"


def note(app: Application) -> None:
    """Records what is served where it is not what the ledger says last. Raises LedgerUnavailable, and as `application.start` does."""
    if app.ledger is None:
        return
    last, served = _last(app.ledger), _served(app)
    if last is not None and last.detail == served:
        return
    said = canonical.dumps({"after": last.action_id if last else "", "served": served}).decode("utf-8")
    name = str(uuid.uuid5(NAMESPACE, said))
    try:
        app.ledger.append(ActionRecord(name, instants.written(app.clock(), "milliseconds"), "activation", actions.SERVICE, detail=served))
    except LedgerUnavailable:
        if app.ledger.find_entry(name) is None:
            raise


def _last(ledger: Ledger) -> ActionRecord | None:
    newest = ledger.records(Search(kinds=(CHANNEL,), newest_first=True, limit=1))
    found = next((stored.public for stored in newest), None)
    return found if isinstance(found, ActionRecord) else None


def _served(app: Application) -> dict[str, Any]:
    """The releases in their order: of those who are no registered clients, and of each client that is pinned to another."""
    pinned = [application.of_client(app, client) for client in app.clients.values() if client.release]
    return {
        "engine": cds.__version__,
        "releases": [
            *(_told(one, app.selected) for one in app.releases.values()),
            *(_told(one, theirs.selected) | {"client": theirs.caller.client} for theirs in pinned for one in theirs.releases.values()),
        ],
    }


def _told(release: Release, selected: str) -> dict[str, Any]:
    told = {"name": release.name, "version": release.version, "digest": release.digest, "approved": release.approved}
    return told | {"language": release.language, "selected": selected}
