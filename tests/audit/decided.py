"""Decisions with all that they can say, and a ring of keys made once."""

from pathlib import Path
from typing import Any

from cds.audit.entries import sealing
from cds.audit.entries.sealing import Prepared
from cds.audit.keys import keyring
from cds.audit.keys.keyring import KeyRing
from cds.audit.place import Place, beside
from cds.audit.rows import Row, WrappedKey
from cds.values.record import ActionRecord, AuditRecord, Entry, Logic, Private

PATIENT = "Patient/7"
DECIDED_AT = "2030-05-06T07:08:09Z"
CARD = "0f0f4f3c-1111-4222-8333-444455556666"
DIGEST = "sha256:" + "ab" * 32
LOGIC = Logic("low-back-pain", "1.2.0", "sha256:" + "cd" * 32, "en", "in force", "0.7.0")
PRIVATE = Private(
    patient=PATIENT,
    assessment={"decisionId": "decision-1", "facts": {"age": {"value": 41, "source": "ehr"}}, "cards": [{"uuid": CARD, "summary": "Rest."}]},
    user="Practitioner/9",
    skipped=("QuestionnaireResponse/2: entered in error",),
    noted=("hookInstance: not a UUID.",),
    outlet={"address": "https://cds.example.org", "form": "cards"},
    orders={"draft": []},
)


def place(folder: Path, **chosen: Any) -> Place:
    """A place for a ledger in the folder, whose keys may be made."""
    return beside(f"sqlite:///{folder / 'audit.sqlite3'}", **{"make_keys": True} | chosen)


def ring(folder: Path) -> KeyRing:
    """Keys of their own for each folder."""
    return keyring.open_ring(place(folder))


def decision(decision_id: str = "decision-1", *, private: Private | None = PRIVATE, **changes: Any) -> AuditRecord:
    """A decision that says all that one can say, with some members changed."""
    members: dict[str, Any] = {
        "received_at": "2030-05-06T07:08:08Z",
        "decided_at": DECIDED_AT,
        "channel": "hook:low-back-pain",
        "hook": "patient-view",
        "hook_instance": "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11",
        "request_digest": DIGEST,
        "outcome": "cards",
        "logic": LOGIC,
        "urgency": "routine",
        "rules": {"follow-up": ("U-01", "U-04")},
        "provenance": {"age": "ehr"},
        "unknown": ("temperature",),
        "cards": (CARD,),
        "client": "General Hospital",
        "tenant": "main",
        "profile": "epic",
        "trace": "00-" + "1" * 32 + "-" + "2" * 16 + "-01",
    }
    return AuditRecord(decision_id=decision_id, private=private, **(members | changes))


def action(action_id: str = "action-1", **changes: Any) -> ActionRecord:
    """An erasure asked for by a user of the machine."""
    members: dict[str, Any] = {"at": "2030-05-07T07:08:09Z", "action": "erasure", "actor": "user:operator"}
    return ActionRecord(action_id=action_id, **(members | changes))


def prepared(entry: Entry, keys: KeyRing) -> Prepared:
    """The entry made ready."""
    return sealing.prepare(entry, keys)


def sealed(entry: AuditRecord, keys: KeyRing, *, seq: int = 1) -> tuple[Row, WrappedKey]:
    """The decision as it lies in a store, under a key of its own."""
    ready = prepared(entry, keys)
    key, wrapped = sealing.new_key(ready.subject, keys)
    return ready.columns.row(seq, *sealing.close(ready, key, wrapped.key_id)), wrapped
