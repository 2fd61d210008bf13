"""The tree against the words of RFC 6962, against another implementation, and against whoever changes anything."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from cds.audit.faults import LedgerDamaged
from cds.audit.rows import TreeState
from cds.audit.tree import merkle
from cds.foundation.errors import NotFound
from tests.audit import trees

SMALL = 300
PAIRS = 100
SAME = 70
LARGE = 10_000
FEW_LEVELS = (2, 4, 6)
"""Kept levels so low that small trees reach all three."""

MILLION = 1_000_000
READ_FOR_A_PROOF = 700


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def test_a_leaf_and_a_node_are_hashed_apart() -> None:
    assert merkle.leaf(b"") == hashlib.sha256(b"\x00").digest()
    assert merkle.leaf(b"body") == hashlib.sha256(b"\x00body").digest()
    assert merkle.node(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()
    assert merkle.root(TreeState()) == hashlib.sha256(b"").digest()


def test_the_root_of_every_small_size_is_that_of_the_definition() -> None:
    log = trees.grown(SMALL)
    state = TreeState()
    for size in range(SMALL + 1):
        expected = trees.defined_root(trees.some(SMALL)[:size])
        assert merkle.root(state) == expected
        assert merkle.root_at(log, size) == expected
        state, _ = merkle.extend(state, [merkle.leaf(b"entry %d" % size)])


def test_another_implementation_has_the_same_roots_and_paths() -> None:
    other, log = InmemoryTree("sha256"), trees.grown(SAME)
    for number in range(SAME):
        other.append_entry(b"entry %d" % number)
    for size in range(1, SAME + 1):
        assert other.get_root(size) == merkle.root_at(log, size)
        assert [other.prove_inclusion(index + 1, size).path[1:] for index in range(size)] == [
            merkle.inclusion(log, index, size) for index in range(size)
        ]


def test_every_entry_of_every_small_tree_is_proved_by_the_path_of_the_definition() -> None:
    log = trees.grown(SMALL)
    for size in [*range(1, 40), 64, 65, 127, 129, 256, 257]:
        root = merkle.root_at(log, size)
        for index in range(size):
            path = merkle.inclusion(log, index, size)
            assert path == trees.defined_path(index, log.hashes[:size])
            assert merkle.verify_inclusion(log.hashes[index], index, size, path, root)


def test_every_entry_is_proved_at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merkle, "KEPT", FEW_LEVELS)
    log = trees.grown(SMALL)
    roots = [merkle.root_at(log, size) for size in range(SMALL + 1)]
    holds = [
        merkle.verify_inclusion(log.hashes[index], index, size, merkle.inclusion(log, index, size), roots[size])
        for size in range(1, SMALL + 1)
        for index in range(size)
    ]
    assert all(holds)


def test_every_small_tree_begins_with_every_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merkle, "KEPT", FEW_LEVELS)
    log = trees.grown(PAIRS)
    roots = [merkle.root_at(log, size) for size in range(PAIRS + 1)]
    for new in range(PAIRS + 1):
        for old in range(new + 1):
            path = merkle.consistency(log, old, new)
            assert merkle.verify_consistency(old, new, roots[old], roots[new], path)
            if 0 < old < new:
                assert path == trees.defined_consistency(old, log.hashes[:new])
                assert not merkle.verify_consistency(old, new, flipped(roots[old]), roots[new], path)
                assert not merkle.verify_consistency(old, new, roots[old], flipped(roots[new]), path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_proofs_hold_at_any_two_sizes_across_the_kept_levels(data: st.DataObject) -> None:
    new = data.draw(st.one_of(st.integers(1, LARGE), st.sampled_from([255, 256, 257, 511, 512, 513, 8191, 8192, 8193])))
    old = data.draw(st.integers(0, new))
    index = data.draw(st.integers(0, new - 1))
    log = trees.grown(new)
    newer, older = merkle.root_at(log, new), merkle.root_at(log, old)
    assert newer == merkle.root(log.state)
    assert merkle.verify_inclusion(log.hashes[index], index, new, merkle.inclusion(log, index, new), newer)
    assert merkle.verify_consistency(old, new, older, newer, merkle.consistency(log, old, new))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=12))
def test_batches_of_any_lengths_make_the_same_tree_and_the_same_kept_nodes(lengths: list[int]) -> None:
    together, apart = trees.grown(sum(lengths)), trees.Kept()
    start = 0
    for length in lengths:
        apart.add(trees.some(sum(lengths))[start : start + length])
        start += length
    assert (apart.state, apart.kept) == (together.state, together.kept)


@pytest.mark.parametrize("levels", [FEW_LEVELS, (1, 2, 3), (3,)])
def test_a_node_is_kept_once_its_last_leaf_is_there(levels: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merkle, "KEPT", levels)
    log = trees.grown(SMALL)
    for level in levels:
        width = 1 << level
        expected = {index: trees.defined_root(log.hashes[index * width : (index + 1) * width]) for index in range(SMALL >> level)}
        assert log.kept.get(level, {}) == expected


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_path_with_anything_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SMALL))
    index = data.draw(st.integers(0, size - 1))
    log = trees.grown(size)
    root, path, leaf = merkle.root(log.state), merkle.inclusion(log, index, size), log.hashes[index]
    at = data.draw(st.integers(0, len(path) - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index))
    assert not merkle.verify_inclusion(leaf, index, size, [*path[:at], flipped(path[at]), *path[at + 1 :]], root)
    assert not merkle.verify_inclusion(leaf, index, size, path[:at] + path[at + 1 :], root)
    assert not merkle.verify_inclusion(leaf, index, size, [*path, path[at]], root)
    assert not merkle.verify_inclusion(leaf, other, size, path, root)
    assert not merkle.verify_inclusion(flipped(leaf), index, size, path, root)
    assert not merkle.verify_inclusion(leaf, index, size, path, flipped(root))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_consistency_proof_with_anything_changed_proves_nothing(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, SMALL))
    old = data.draw(st.integers(1, new - 1))
    log = trees.grown(new)
    roots, path = (merkle.root_at(log, old), merkle.root_at(log, new)), merkle.consistency(log, old, new)
    at = data.draw(st.integers(0, len(path) - 1))
    assert not merkle.verify_consistency(old, new, *roots, [*path[:at], flipped(path[at]), *path[at + 1 :]])
    assert not merkle.verify_consistency(old, new, *roots, path[:at] + path[at + 1 :])
    assert not merkle.verify_consistency(old, new, *roots, [*path, path[at]])


def test_a_log_with_one_entry_changed_or_one_removed_goes_on_from_no_head_that_covered_it() -> None:
    honest, changed, shorter = trees.grown(64), trees.Kept(), trees.Kept()
    changed.add([*honest.hashes[:20], merkle.leaf(b"another"), *honest.hashes[21:]])
    shorter.add([*honest.hashes[:20], *honest.hashes[21:]])
    for old in range(21, 63):
        head = merkle.root_at(honest, old)
        for log in (changed, shorter):
            new = log.state.size
            assert not merkle.verify_consistency(old, new, head, merkle.root(log.state), merkle.consistency(log, old, new))


def test_what_is_beyond_the_tree_has_no_proof() -> None:
    log = trees.grown(5)
    with pytest.raises(NotFound):
        merkle.inclusion(log, 5, 5)
    with pytest.raises(NotFound):
        merkle.inclusion(log, -1, 5)
    with pytest.raises(NotFound):
        merkle.consistency(log, 5, 4)
    assert not merkle.verify_inclusion(log.hashes[0], 5, 5, [], merkle.root(log.state))
    assert not merkle.verify_consistency(5, 4, b"", b"", [])


def test_a_state_that_does_not_fit_its_size_is_damage() -> None:
    with pytest.raises(LedgerDamaged):
        merkle.root(TreeState(3, (b"a" * 32,)))
    with pytest.raises(LedgerDamaged):
        merkle.extend(TreeState(-1), [b"a" * 32])


def test_hashes_that_are_missing_are_damage() -> None:
    log = trees.grown(600)
    del log.kept[8][1]
    with pytest.raises(LedgerDamaged, match="missing"):
        merkle.root_at(log, 600)


@pytest.mark.parametrize("left", [b"", bytes(31), bytes(33)])
def test_a_leaf_that_is_missing_or_no_hash_is_damage_in_roots_and_proofs(left: bytes) -> None:
    log = trees.grown(5)
    log.hashes[4] = left
    for wanted in (lambda: merkle.root_at(log, 5), lambda: merkle.inclusion(log, 0, 5), lambda: merkle.consistency(log, 4, 5)):
        with pytest.raises(LedgerDamaged, match="missing"):
            wanted()
    assert merkle.root_at(log, 4) == merkle.root_at(trees.grown(4), 4)


def test_a_proof_out_of_a_million_reads_some_hundred_hashes() -> None:
    log = trees.Kept()
    log.add([number.to_bytes(32, "big") for number in range(MILLION)])
    for index in (0, 255, 256, 65_535, 65_536, 123_456, 999_423, 999_424, MILLION - 1):
        log.reads = 0
        path = merkle.inclusion(log, index, MILLION)
        assert log.reads <= READ_FOR_A_PROOF
        assert merkle.verify_inclusion(log.hashes[index], index, MILLION, path, merkle.root(log.state))
    for old in (1, 256, 65_537, 123_456, 999_999):
        log.reads = 0
        path = merkle.consistency(log, old, MILLION)
        assert log.reads <= READ_FOR_A_PROOF
        assert merkle.verify_consistency(old, MILLION, merkle.root_at(log, old), merkle.root(log.state), path)
