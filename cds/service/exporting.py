"""One decision as a zip that anybody can check offline: the record, its proof, the release, and the program that checks them."""

from collections.abc import Callable, Mapping

from cds.audit.entries import sealing
from cds.audit.entries.stored import StoredRecord
from cds.audit.ledger import Ledger
from cds.audit.tree import proofs
from cds.audit.tree.proofs import Evidence
from cds.foundation import canonical
from cds.foundation.errors import Erased, NotFound
from cds.foundation.settings import Settings
from cds.releases import catalogue, manifests
from cds.service import actions, desk, proving, roles
from cds.service.application import Application
from cds.values.record import AuditRecord

READ = ("CHANGES", "cards.yaml", "decisions/", "evidence.yaml", "exceptions.yaml", "facts.yaml", "texts/")
"""How the paths begin of the files of a release in which an auditor reads a rule."""

ROUTE = "/audit/decisions/<decision_id>.zip"
NO_DECISION = "There is no decision of that id that was given to this caller."
NOT_HELD = "The release {} that decided is not held here, and not in the bundle. Set CDS_CONTENT to a folder that has it, and export again."
ERASED = "The facts of this decision were erased, so that they cannot be opened. Ask for it without `facts`."


def export(app: Application, decision_id: str, *, facts: bool = False) -> bytes:
    """The zip of a decision that was given to this caller; with `facts` they are opened in it, which also needs the role auditor.

    Raises Forbidden, NotFound, Erased and LedgerUnavailable.
    """
    ledger = roles.require(app, "exporter", ROUTE)
    if facts:
        roles.require(app, "auditor", ROUTE)
    found = _given(app, ledger, decision_id)
    made = bundle(app.settings, ledger, found, facts=facts)
    detail = {"format": "zip", "filter": {"decision": decision_id}, "count": 1, "opened": facts, "digest": canonical.digest(made)}
    actions.record(app, "export", actions.of_client(app.caller), "exporter", detail, tenant=app.caller.tenant)
    return made


def bundle(settings: Settings, ledger: Ledger, record: AuditRecord, *, facts: bool, warn: Callable[[str], None] = desk.nobody) -> bytes:
    """The zip of a decision of the ledger; `warn` is told when a head was signed for it, and when the release that decided is not held.

    Raises NotFound where no signed head covers it, Erased where `facts` cannot be opened any more.
    """
    found = ledger.find(record.decision_id)
    if found is None:
        raise NotFound(NO_DECISION)
    head = proving.covering(ledger, found.seq, warn)
    # The snapshot is opened after the head was read, so that it has all that the head covers.
    with ledger.store.reading() as reading:
        proof = proofs.inclusion(reading, found.seq, found.body, head)
    opened = _opened(ledger, found) if facts else None
    manifest, files = _release(settings, record)
    if manifest is None and record.logic.version:
        warn(NOT_HELD.format(f"{record.logic.name} {record.logic.version}"))
    return proofs.bundle(Evidence(proof, ledger.ring.verifiers, found.sealed, opened, manifest, files))


def _given(app: Application, ledger: Ledger, decision_id: str) -> AuditRecord:
    stored = ledger.find(decision_id)
    entry = stored.public if stored else None
    if not isinstance(entry, AuditRecord) or (entry.client, entry.tenant) != (app.caller.client, app.caller.tenant):
        raise NotFound(NO_DECISION)
    return entry


def _opened(ledger: Ledger, found: StoredRecord) -> bytes:
    opened = sealing.plaintext(found.row, found.wrapped, ledger.ring)
    if opened is None:
        raise Erased(ERASED)
    return opened


def _release(settings: Settings, record: AuditRecord) -> tuple[bytes | None, Mapping[str, bytes]]:
    """The manifest of the release that decided, in canonical form, and the files in which its rules are read; nothing where it is held no longer.

    Raises ContentError for one that is not what was released: whoever asks for evidence should hear of it.
    """
    name = record.logic.name
    listed = catalogue.entries(settings.content, name) if name in catalogue.names(settings.content) else ()
    found = next((entry for entry in listed if entry.digest == record.logic.digest), None)
    folder = settings.content / name / found.version if found else None
    if folder is None or not folder.is_dir():
        return None, {}
    manifest, _ = manifests.verified(folder)
    return canonical.dumps(manifest), {path: (folder / path).read_bytes() for path in manifest["files"] if path.startswith(READ)}
