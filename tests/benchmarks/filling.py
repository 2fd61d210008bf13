"""A large ledger of real decisions, made by all processors: how long that takes is timed elsewhere."""

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from os import cpu_count

from cds.audit.keys import keyring
from cds.audit.ledger import Ledger
from cds.audit.place import Place
from cds.audit.writing import appending
from cds.audit.writing.appending import Group
from cds.values.record import AuditRecord

BATCH = 2_000
"""Records that are written in one transaction."""
DECISIONS_OF_A_PATIENT = 10


def another(sample: AuditRecord, name: str, patient: int) -> AuditRecord:
    """The same decision under another id, of another patient."""
    opened = sample.opened
    private = replace(opened, patient=f"Patient/{patient}", assessment={**opened.assessment, "decisionId": name})
    return replace(sample, decision_id=name, cards=(), private=private)


def fill(opened: Ledger, sample: AuditRecord, records: int) -> None:
    """Adds so many, sealed by other processes and written by this one, under one head that covers all of them."""
    for group in _sealed(opened.place, sample, records):
        with opened.store.writing() as writing:
            appending.add(writing, opened.ring, [group])
    opened.sign_head()


def _sealed(place: Place, sample: AuditRecord, records: int) -> Iterator[Group]:
    """The groups in their order; only as many are made ahead as there are processes to make them."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        ahead: deque[Future[Group]] = deque()
        for start in range(0, records, BATCH):
            ahead.append(pool.submit(_group, place, sample, start, min(start + BATCH, records)))
            if len(ahead) > (cpu_count() or 1):
                yield ahead.popleft().result()
        yield from (one.result() for one in ahead)


def _group(place: Place, sample: AuditRecord, start: int, end: int) -> Group:
    ring = keyring.open_ring(place)
    return appending.prepared((another(sample, f"large-{n}", n // DECISIONS_OF_A_PATIENT) for n in range(start, end)), ring)
