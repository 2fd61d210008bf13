"""Rows as they are read: with what opens them, and nothing more."""

from datetime import UTC, datetime

from cds.audit import ledger
from cds.audit.entries import stored
from cds.audit.place import Place
from cds.audit.rows import Search
from cds.audit.writing import appending
from tests.audit import samples

NOW = datetime(2030, 6, 15, 8, tzinfo=UTC)


def test_a_decision_is_read_with_its_own_key_of_the_many_that_its_patient_has(both: Place) -> None:
    names = [f"waited-{number}" for number in range(5)]
    with ledger.open_ledger(both, lambda: NOW) as one:
        with one.store.writing() as writing:
            frames = [appending.spooled(appending.prepared([samples.record(name)], one.ring), one.ring) for name in names]
            appending.add_spooled(writing, frames, NOW)
        with one.store.reading() as reading:
            found = list(stored.records(reading, list(reading.rows(Search())), lambda: one.ring))
            assert len(reading.keys(subjects=[found[0].row.subject])) == len(names)
        assert [len(each.keys) for each in found] == [1] * len(names)
        assert [each.record.decision_id for each in found] == names
