"""Which of very many signed heads a proof is made under, and that the others are left alone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.audit.rows import Search
from cds.audit.tree import heads
from cds.audit.tree.checkpoints import BadCheckpoint
from cds.foundation.errors import NotFound
from cds.foundation.settings import Settings
from cds.service import proving
from cds.service.desk import Desk
from cds.values.record import ActionRecord
from tests.audit import decided

NOW = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
SIZES = (1, 2, 3)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with a signed head after each of its records."""
    with ledger.open_ledger(decided.place(tmp_path), lambda: NOW) as found:
        for size in SIZES:
            found.append(decided.decision(f"d-{size}"))
            found.sign_head()
        yield found


def file(opened: Ledger, size: int) -> Path:
    """Of the head of that size."""
    return opened.place.heads / opened.log_id / heads.name(size)


def unreadable(opened: Ledger, size: int) -> None:
    """A head that fails whoever opens it."""
    file(opened, size).unlink()
    file(opened, size).mkdir()


def test_only_the_newest_head_is_read_for_a_proof(opened: Ledger) -> None:
    for size in SIZES[:-1]:
        unreadable(opened, size)
    assert proving.newest(opened).size == proving.newest(opened, 1).size == SIZES[-1]


def test_a_head_under_the_name_of_another_is_not_taken_for_it(opened: Ledger) -> None:
    file(opened, 1).write_bytes(file(opened, 2).read_bytes())
    with pytest.raises(BadCheckpoint, match="holds another one"):
        proving.consistency(Desk(Settings(), opened), "1", "3")


def test_who_asks_for_a_proof_of_a_decision_is_recorded_with_the_decision(opened: Ledger) -> None:
    proving.prove(Desk(Settings(), opened), "d-2")
    newest = next(opened.records(Search(newest_first=True, limit=1))).public
    assert isinstance(newest, ActionRecord)
    assert (newest.action, newest.detail["filter"]) == ("reading", {"after": 1, "before": 3, "decision": "d-2"})


def test_a_head_that_cannot_be_read_or_is_no_text_gives_way_to_the_one_before(opened: Ledger) -> None:
    file(opened, 3).write_bytes(b"\xff")
    assert proving.newest(opened).size == 2
    unreadable(opened, 2)
    assert proving.newest(opened).size == 1


def test_of_an_entry_behind_all_heads_none_is_read(opened: Ledger) -> None:
    for size in SIZES:
        unreadable(opened, size)
    with pytest.raises(NotFound, match="No signed head"):
        proving.newest(opened, 4)


def test_between_two_sizes_their_heads_alone_are_read(opened: Ledger) -> None:
    unreadable(opened, 2)
    desk = Desk(Settings(), opened)
    document = proving.consistency(desk)
    assert (document["older"], document["newer"]) == (file(opened, 1).read_text(), file(opened, 3).read_text())
    assert proving.consistency(desk, "1", "3") == document
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        proving.consistency(desk, "2", "3")
    with pytest.raises(NotFound, match="no head of that size") as caught:
        proving.consistency(desk, "4", "3")
    assert "1, 2, 3" in caught.value.text
