"""Rotation: the keys of all subjects are wrapped anew under the newest seal key, so that an older one is needed no more.

What is sealed is not touched: only the key of the keys changes. A copy of the ledger from before still needs the older one.
"""

import dataclasses
from collections import Counter
from collections.abc import Mapping

from cds.audit.keys import erasing
from cds.audit.keys.keyring import KeyRing
from cds.audit.rows import Reading, Writing
from cds.values.record import ActionRecord


def rotate(writing: Writing, ring: KeyRing, action: ActionRecord, *, waiting: int) -> ActionRecord:
    """Wraps anew what an older seal key wraps; the action to append in the same transaction, with which keys and how many.

    `waiting` is how many entries wait in the spool; raises LedgerUnavailable where any do, KeyMissing where an older seal key is not here.
    """
    erasing.refuse_waiting(waiting)
    older = [one for one in needed(writing) if one != ring.newest_seal]
    ring.require(older)
    keys = [one for one in writing.keys(subjects=()) if one.wrapped_by in older]
    writing.add_keys([ring.wrap(ring.unwrap(one), one.key_id, one.subject) for one in keys])
    return dataclasses.replace(action, detail={"to": ring.newest_seal, "from": older, "keys": len(keys)})


def needed(reading: Reading) -> Mapping[str, int]:
    """The ids of the seal keys without which something in the ledger does not open, each with how many keys of subjects it wraps."""
    return dict(sorted(Counter(one.wrapped_by for one in reading.keys(subjects=())).items()))
