"""What a registered client may do with the ledger beside having its decisions recorded: by the roles of its entry in `CDS_CLIENTS`, and no others."""

from cds.audit.ledger import Ledger
from cds.foundation.errors import Forbidden
from cds.service import refusals
from cds.service.application import Application
from cds.values.client import Role

LACKING = "no role for this"
"""The cause under which the ledger keeps a call of a client that has not the role."""
NOBODY = (
    "Nobody has a role here, since no clients are registered. Register one with `roles` in the file that CDS_CLIENTS names, and call with its token; "
    "on this machine `cds audit` does the same."
)


def require(app: Application, role: Role, route: str) -> Ledger:
    """The ledger, for a caller who has the role. Raises Forbidden, which is recorded with the pattern of the route, and LedgerUnavailable."""
    ledger = app.require_ledger()
    if role in app.roles:
        return ledger
    ledger.append(refusals.record(app.new_id(), app.clock(), (LACKING, app.caller.client, route)))
    if not app.clients:
        raise Forbidden(NOBODY)
    raise Forbidden(f"This needs the role {role}. Whoever runs this service gives it in the entry of the client, under `roles`.")
