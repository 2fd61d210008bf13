"""What a store keeps of its word, the same in SQLite and in PostgreSQL."""

import contextlib
import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds.audit.faults import LedgerDamaged, LedgerRefused
from cds.audit.place import Place, beside
from cds.audit.rows import Row, Search, Segment, Store, TreeState
from cds.audit.stores import copying, store
from cds.audit.tree import merkle
from cds.foundation.errors import LedgerUnavailable
from tests.audit import laying, servers
from tests.audit.servers import Server

WHOLE = laying.row(
    1, sealed=b"\x00sealed\xff", subject="ab" * 32, client="General Hospital", tenant="t", release="low-back-pain@1.0.0", cards=("card-1", "card-2")
)
SEGMENT = Segment("2030-05", 1, 3, "a signed head", "2031-05-06T00:00:00Z")


class Stopped(Exception):
    """What ends a transaction of a test."""


@pytest.fixture
def opened(both: Place) -> Iterator[Store]:
    with servers.opened(both) as one:
        yield one


def test_a_new_store_is_empty_and_has_a_name(opened: Store) -> None:
    with opened.reading() as reading:
        assert (reading.state(), list(reading.rows(Search())), list(reading.segments()), list(reading.keys())) == (TreeState(), [], [], [])
        assert len(reading.log_id()) == 32


def test_a_store_is_the_same_when_it_is_opened_again(both: Place) -> None:
    with servers.opened(both) as before:
        laying.lay(before, WHOLE)
        with before.reading() as reading:
            log_id, state = reading.log_id(), reading.state()
    with servers.opened(both, create=False) as after, after.reading() as reading:
        assert (reading.log_id(), reading.state(), list(reading.rows(Search()))) == (log_id, state, [WHOLE])


def test_no_two_stores_have_the_same_name(both: Place, tmp_path: Path) -> None:
    with servers.opened(both) as one, servers.opened(beside(f"sqlite:///{tmp_path / 'other.sqlite3'}")) as other:
        names = []
        for each in (one, other):
            with each.reading() as reading:
                names.append(reading.log_id())
    assert names[0] != names[1]


def test_a_row_is_found_as_it_was_added(opened: Store) -> None:
    laying.lay(opened, WHOLE)
    with opened.reading() as reading:
        assert reading.row("entry-1") == WHOLE
        assert list(reading.about(["card-2", "card-1", "card-9"])) == [("card-1", WHOLE), ("card-2", WHOLE)]


@pytest.mark.parametrize("entry_id", ["entry-2", "ENTRY-1", "entry-1\0", "é", "\udcff", ""])
def test_an_id_that_was_never_stored_is_not_found(opened: Store, entry_id: str) -> None:
    laying.lay(opened, WHOLE)
    with opened.reading() as reading:
        assert reading.row(entry_id) is None
        assert set(reading.known([entry_id, "entry-1"])) == {"entry-1"}
        assert list(reading.about([entry_id])) == []


def test_the_tree_is_that_of_the_rows(opened: Store) -> None:
    rows = laying.some(opened, 300)
    rows += laying.some(opened, 1)
    leaves = [merkle.leaf(one.body) for one in rows]
    state, nodes = merkle.extend(TreeState(), leaves)
    with opened.reading() as reading:
        assert reading.state() == state
        assert reading.leaves(0, 301) == leaves
        assert reading.leaves(299, 301) == leaves[299:]
        assert reading.nodes(8, 0, 1) == [nodes[0].hash]


def test_a_hash_that_is_missing_leaves_its_place_empty(opened: Store) -> None:
    laying.some(opened, 2)
    with opened.reading() as reading:
        assert [len(one) for one in reading.leaves(0, 4)] == [32, 32, 0, 0]
        assert reading.nodes(8, 0, 1) == [b""]


def test_rows_come_by_number_in_either_order_and_no_more_than_asked_for(opened: Store) -> None:
    laying.some(opened, 450)
    assert laying.numbers(opened) == list(range(1, 451))
    assert laying.numbers(opened, newest_first=True, limit=3) == [450, 449, 448]
    assert laying.numbers(opened, after=2, before=6) == [3, 4, 5]
    assert laying.numbers(opened, before=3, newest_first=True) == [2, 1]
    assert laying.numbers(opened, limit=0) == []


def test_rows_are_narrowed_by_what_their_columns_say(opened: Store) -> None:
    said = [
        {"channel": "feedback:low-back-pain", "client": "A", "tenant": "x"},
        {"channel": "refusal", "at": "2030-06-01T00:00:00Z"},
        {"channel": "action", "at": "2030-06-30T23:59:59.999999Z", "client": "A"},
        {"channel": "form", "at": "2030-07-01T00:00:00Z", "subject": "s", "release": "r@1"},
        {"channel": "feedbacks", "tenant": "x"},
    ]
    laying.lay(opened, *(laying.row(number, **one) for number, one in enumerate(said, 1)))
    wanted: dict[tuple[tuple[str, object], ...], list[int]] = {
        (("kinds", ("decision",)),): [4, 5],
        (("kinds", ("feedback", "action")),): [1, 3],
        (("kinds", ("refusal", "decision")),): [2, 4, 5],
        (("kinds", ("feedback:low-back-pain",)),): [1],
        (("since", "2030-06-01T00:00:00Z"),): [2, 3, 4],
        (("until", "2030-07-01T00:00:00Z"),): [1, 2, 3, 5],
        (("months", ("2030-06", "2030-07")),): [2, 3, 4],
        (("client", "A"),): [1, 3],
        (("client", ""), ("tenant", "x")): [5],
        (("subject", "s"),): [4],
        (("release", "r@1"),): [4],
        (("release", "r@2"),): [],
    }
    assert {search: laying.numbers(opened, **dict(search)) for search in wanted} == wanted
    with opened.reading() as reading:
        assert {search: list(reading.numbers(Search(**dict(search)))) for search in wanted} == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Klinik Süd", "総合病院", "\U0001f3e5"])
def test_clients_and_tenants_are_found_by_their_names_in_any_script(opened: Store, name: str) -> None:
    laying.lay(opened, laying.row(1), laying.row(2, client=name, tenant=name))
    assert (laying.numbers(opened, client=name), laying.numbers(opened, tenant=name)) == ([2], [2])


@pytest.mark.parametrize("name", ["t\0", "\udcff"])
def test_a_name_that_no_store_can_hold_finds_nothing(opened: Store, name: str) -> None:
    laying.lay(opened, laying.row(1, client="t", tenant="t"))
    assert (laying.numbers(opened, client=name), laying.numbers(opened, tenant=name)) == ([], [])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), min_size=2, max_size=4, unique=True))
def test_texts_are_compared_by_their_bytes_in_both(texts: list[str], opened: Store) -> None:
    with contextlib.suppress(Stopped), opened.writing() as writing:
        rows = [laying.row(number, at=text, month="2030-05") for number, text in enumerate(texts, 1)]
        writing.add(rows, [bytes(32)] * len(rows), [], TreeState(len(rows)))
        for text in texts:
            assert [one.at for one in writing.rows(Search(since=text))] == [one for one in texts if one >= text]
        raise Stopped


def test_the_rows_about_a_card_come_by_number(opened: Store) -> None:
    laying.lay(opened, *(laying.row(number, cards=(f"card-{5 - number}", "shared", "shared")) for number in range(1, 4)))
    with opened.reading() as reading:
        assert [(card, one.seq) for card, one in reading.about(["shared", "card-4", "card-2"])] == [
            ("card-4", 1),
            ("shared", 1),
            ("shared", 2),
            ("card-2", 3),
            ("shared", 3),
        ]


def test_many_ids_and_cards_are_looked_for_in_one_go(opened: Store) -> None:
    laying.lay(opened, *(laying.row(number, cards=(f"card-{number}",)) for number in range(1, 501)))
    with opened.reading() as reading:
        assert len(reading.known([f"entry-{number}" for number in range(2_000)])) == 500
        assert len(list(reading.about([f"card-{number}" for number in range(2_000)]))) == 500
        assert not reading.known([])


def test_of_a_transaction_that_was_ended_nothing_is_left(opened: Store) -> None:
    laying.some(opened, 1)
    with pytest.raises(Stopped), opened.writing() as writing:
        writing.add([laying.row(2)], [bytes(32)], [], TreeState(2))
        writing.add_keys([laying.key("k")])
        raise Stopped
    with opened.reading() as reading:
        assert (reading.state().size, reading.known(["entry-2"]), list(reading.keys())) == (1, set(), [])
    laying.some(opened, 1)


def test_a_second_row_with_the_same_id_is_refused_and_the_log_goes_on(opened: Store) -> None:
    laying.some(opened, 1)
    with pytest.raises(LedgerUnavailable, match="a record with this id is there already"):
        laying.lay(opened, laying.row(2, entry_id="entry-1"))
    laying.some(opened, 1)
    assert laying.numbers(opened) == [1, 2]


@pytest.mark.parametrize("wrong", [replace(WHOLE, seq=0), replace(WHOLE, month="2030"), replace(WHOLE, body="text")])  # type: ignore[arg-type]
def test_a_row_that_cannot_be_one_is_refused_by_the_database(opened: Store, wrong: Row) -> None:
    with pytest.raises((LedgerUnavailable, TypeError)), opened.writing() as writing:
        writing.add([wrong], [bytes(32)], [], TreeState(1))
    assert laying.numbers(opened) == []


@pytest.mark.parametrize("leaf", [b"", bytes(31), bytes(33)])
def test_a_leaf_that_is_no_hash_is_refused_by_the_database(opened: Store, leaf: bytes) -> None:
    with pytest.raises(LedgerUnavailable), opened.writing() as writing:
        writing.add([], [leaf], [], TreeState(1))


def test_a_snapshot_sees_nothing_that_comes_later(opened: Store) -> None:
    laying.some(opened, 1)
    with opened.reading() as reading:
        assert reading.state().size == 1
        laying.some(opened, 2)
        assert (reading.state().size, [one.seq for one in reading.rows(Search())]) == (1, [1])
    assert laying.numbers(opened) == [1, 2, 3]


def test_a_reader_that_stops_half_way_holds_nothing_up(opened: Store) -> None:
    laying.some(opened, 250)
    with opened.reading() as reading:
        rows = reading.rows(Search())
        assert next(rows).seq == 1
        laying.some(opened, 1)
        assert sum(1 for _ in rows) == 249


def test_a_transaction_sees_what_it_added(opened: Store) -> None:
    with opened.writing() as writing:
        writing.add([WHOLE], [bytes(32)], [], TreeState(1, (bytes(32),)))
        assert (writing.row("entry-1"), writing.state().size) == (WHOLE, 1)


def test_keys_are_found_by_subject_and_by_id(opened: Store) -> None:
    keys = [laying.key("k1", "s1"), laying.key("k2", "s2"), laying.key("k3", "s1")]
    with opened.writing() as writing:
        writing.add_keys(keys)
        writing.add_keys([])
    with opened.reading() as reading:
        assert list(reading.keys()) == keys
        assert list(reading.keys(subjects=["s1"])) == [keys[0], keys[2]]
        assert list(reading.keys(key_ids=["k2", "k9"])) == [keys[1]]
        assert list(reading.keys(subjects=["s9"])) == []


def test_a_key_that_was_wrapped_anew_takes_the_place_of_the_old_one(opened: Store) -> None:
    with opened.writing() as writing:
        writing.add_keys([laying.key("k1")])
    new = laying.key("k1", wrapped=b"n" * 60, wrapped_by="master-2")
    with opened.writing() as writing:
        writing.add_keys([new, laying.key("k2")])
    with opened.reading() as reading:
        assert list(reading.keys()) == [new, laying.key("k2")]


def test_destroyed_keys_are_gone_and_stay_gone(opened: Store) -> None:
    with opened.writing() as writing:
        writing.add_keys([laying.key("k1"), laying.key("k2"), laying.key("k3", "s2")])
    with opened.writing() as writing:
        assert (writing.drop_keys("s1"), writing.drop_keys("s1"), writing.drop_keys("s9")) == (2, 0, 0)
    with opened.writing() as writing:
        writing.add_keys([laying.key("k1"), laying.key("k4")])
    with opened.reading() as reading:
        left = reading.keys()
    assert [one.key_id for one in left] == ["k3", "k4"]


def test_a_dropped_segment_leaves_its_leaves_and_is_noted(opened: Store) -> None:
    rows = [laying.row(number, cards=("card",)) for number in range(1, 6)]
    laying.lay(opened, *rows)
    with opened.writing() as writing:
        assert writing.drop_rows(SEGMENT) == 3
    with opened.reading() as reading:
        assert (list(reading.segments()), [one.seq for one in reading.rows(Search())]) == ([SEGMENT], [4, 5])
        assert reading.leaves(0, 5) == [merkle.leaf(one.body) for one in rows]
        assert [one.seq for _, one in reading.about(["card"])] == [4, 5]
    assert laying.some(opened, 1)[0].seq == 6


def test_a_store_that_is_whole_has_no_problems_and_is_ready(opened: Store) -> None:
    laying.some(opened, 3)
    opened.ready()
    with opened.reading() as reading:
        assert (list(reading.problems()), reading.state().size) == ([], 3)


def test_a_closed_store_takes_nothing_and_is_closed_again_in_peace(both: Place) -> None:
    with servers.opened(both) as opened:
        opened.close()
        for use in (opened.reading, opened.writing):
            with pytest.raises(LedgerUnavailable, match="was closed"), use():
                pass
        with pytest.raises(LedgerUnavailable, match="was closed"):
            opened.ready()
        opened.close()


def test_who_only_looks_makes_no_store(both: Place) -> None:
    for _ in range(2):
        with pytest.raises(LedgerRefused, match="There is no ledger"):
            store.open_store(both, create=False)


def test_a_store_that_another_program_holds_refuses_in_time_and_then_works(both: Place) -> None:
    with servers.opened(both) as one, servers.opened(both, busy_seconds=0.1) as other:
        with one.writing(), pytest.raises(LedgerUnavailable, match="another program holds it"), other.writing():
            pass
        laying.some(other, 1)


def test_a_thread_waits_for_its_turn_and_not_longer_than_it_should(both: Place) -> None:
    with servers.opened(both, busy_seconds=0.05) as opened, opened.writing():
        refused: list[LedgerUnavailable] = []

        def late() -> None:
            try:
                opened.ready()
            except LedgerUnavailable as error:
                refused.append(error)

        thread = threading.Thread(target=late)
        thread.start()
        thread.join()
    assert "more to write" in refused[0].text


def test_holders_of_one_store_lay_one_log(both: Place) -> None:
    with contextlib.ExitStack() as closing:
        holders = [closing.enter_context(servers.opened(both, busy_seconds=60.0)) for _ in range(3)]

        def many(holder: Store) -> None:
            for _ in range(10):
                with holder.writing() as writing:
                    state = writing.state()
                    row = laying.row(state.size + 1)
                    leaf = merkle.leaf(row.body)
                    after, nodes = merkle.extend(state, [leaf])
                    writing.add([row], [leaf], nodes, after)

        threads = [threading.Thread(target=many, args=(holder,)) for holder in holders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with holders[0].reading() as reading:
            assert [one.seq for one in reading.rows(Search())] == list(range(1, 31))
            assert merkle.root_at(reading, 30) == merkle.root(reading.state())


def test_stores_that_are_made_at_once_are_one(both: Place) -> None:
    found: list[str] = []

    def make() -> None:
        with servers.opened(both) as opened, opened.reading() as reading:
            found.append(reading.log_id())

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (6, 1)


def filled(opened: Store) -> None:
    """Something of everything."""
    laying.lay(opened, WHOLE)
    laying.some(opened, 1_300)
    with opened.writing() as writing:
        writing.add_keys([laying.key("k1"), laying.key("k2", "s2")])
        writing.drop_keys("s2")
        writing.drop_rows(replace(SEGMENT, first=2))


def content(opened: Store) -> list[object]:
    """All that can be read of it."""
    with opened.reading() as reading:
        size = reading.state().size
        rest = [list(reading.nodes(level, 0, size >> level)) for level in merkle.KEPT]
        lists = [list(reading.rows(Search())), list(reading.leaves(0, size)), list(reading.keys()), list(reading.segments())]
        return [reading.log_id(), reading.state(), *lists, *rest]


def test_a_backup_is_a_whole_store_in_one_file_for_its_owner_alone(both: Place, opened: Store, tmp_path: Path) -> None:
    filled(opened)
    target = tmp_path / "backups" / "backup.sqlite3"
    opened.backup(str(target))
    laying.some(opened, 1)
    assert ([path.name for path in target.parent.iterdir()], target.stat().st_mode & 0o777) == (["backup.sqlite3"], 0o600)
    with servers.opened(beside(f"sqlite:///{target}"), create=False) as copy, copy.reading() as reading, opened.reading() as source:
        assert (reading.state().size, reading.log_id()) == (1_301, source.log_id())
        assert merkle.root_at(source, 1_301) == merkle.root(reading.state())
        assert (list(reading.keys()), len(list(reading.segments()))) == ([laying.key("k1")], 1)


def test_a_backup_does_not_wait_for_a_writer(opened: Store, tmp_path: Path) -> None:
    laying.some(opened, 2)
    with opened.writing() as writing:
        writing.add([laying.row(3)], [bytes(32)], [], TreeState(3))
        opened.backup(str(tmp_path / "backup.sqlite3"))
    with servers.opened(beside(f"sqlite:///{tmp_path / 'backup.sqlite3'}")) as copy:
        assert laying.numbers(copy) == [1, 2]


def test_a_backup_goes_to_no_file_that_is_there(opened: Store, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    target.write_bytes(b"something")
    with pytest.raises(LedgerRefused, match="There is a file of that name"):
        opened.backup(str(target))
    assert target.read_bytes() == b"something"


@pytest.mark.parametrize(("kind", "other"), list(itertools.product(servers.KINDS, servers.KINDS)))
def test_a_copy_is_the_same_in_every_kind_of_store(kind: str, other: str, tmp_path: Path, postgresql: Server) -> None:
    urls = {"sqlite": lambda name: f"sqlite:///{tmp_path / name}", "postgresql": lambda name: postgresql.fresh()}
    with servers.opened(beside(urls[kind]("a"))) as one, servers.opened(beside(urls[other]("b"))) as two:
        filled(one)
        with one.reading() as source, two.writing() as target:
            assert copying.copy(source, target) == 1_301
        assert content(two) == content(one)
        with pytest.raises(LedgerDamaged, match="empty"), one.reading() as source, two.writing() as target:
            copying.copy(source, target)


def test_an_empty_store_is_copied_with_its_name(opened: Store, tmp_path: Path) -> None:
    with servers.opened(beside(f"sqlite:///{tmp_path / 'copy.sqlite3'}")) as other:
        with opened.reading() as source, other.writing() as target:
            assert copying.copy(source, target) == 0
        assert content(other) == content(opened)


def test_a_store_that_lacks_a_hash_is_not_copied(opened: Store, tmp_path: Path) -> None:
    with opened.writing() as writing:
        writing.add([], [bytes(32)], [], TreeState(2, (bytes(32),)))
    with servers.opened(beside(f"sqlite:///{tmp_path / 'copy.sqlite3'}")) as other:
        with pytest.raises(LedgerDamaged, match="is missing"), opened.reading() as source, other.writing() as target:
            copying.copy(source, target)
        assert laying.numbers(other) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared",
        "sqlite:///var/audit.sqlite3?synchronous=NORMAL",
        "var/audit.sqlite3",
        "mysql://cds:canary-7731@db.example/audit",
        "SQLITE:///var/audit.sqlite3",
    ],
)
def test_an_address_of_another_kind_is_refused_with_what_to_set(url: str) -> None:
    with pytest.raises(LedgerRefused, match="Set CDS_AUDIT_URL to sqlite:///") as caught:
        store.open_store(beside(url), create=True)
    assert "canary-7731" not in str(caught.value)
