"""Checks what a ledger of Back Pain CDS handed out: a bundle, a proof or a whole export. By itself: it imports nothing of ours.

    python verify.py {bundle.zip | proof.json} --key KEY [--heads FOLDER] [--between PROOF]
    python verify.py export.ndjson --key KEY --heads FOLDER      the whole ledger or, by the proof in each line, a part

KEY is the public key that signs heads, as `name+id+key`; FOLDER holds copies of heads; PROOF is one of consistency, from or to one of them.
Needs Python 3.9 or later and `cryptography`. Exit code 0: all of it holds; 1: something does not; 2: not checked, or not all of it is shown.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Keys = dict[tuple[str, bytes], bytes]
HASH, MOST, NEAR, RELEASE = 32, 1 << 28, 10, "release/"
KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})")
SIGNATURE = re.compile("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)")
HEAD = re.compile(r"([^\s+]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\ntime ([0-9TZ:-]{20})\n")
NEEDED = {"README.txt", "SHA256SUMS", "head.checkpoint", "keys.json", "proof.json", "record.json", "verify.py"}
MORE = {"opened.json", "release.json", "sealed.bin"}
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, RuntimeError, EOFError, InvalidSignature, zipfile.BadZipFile, zlib.error)
PROOFS = {"inclusion": {"kind", "index", "leaf", "path", "checkpoint"}, "consistency": {"kind", "older", "newer", "path"}}
Head = NamedTuple("Head", [("origin", str), ("size", int), ("root", bytes), ("time", str)])  # noqa: UP014 - in few lines


class Fault(ValueError):
    """Something does not hold."""


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _named(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _holds(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Fault(otherwise)


def grow(peaks: list[bytes], size: int, leaf: bytes) -> int:
    """Adds a leaf to the perfect subtrees of a tree of that size; the new size."""
    for _ in range((size ^ (size + 1)).bit_length() - 1):
        leaf = _sha256(b"\x01" + peaks.pop() + leaf)
    peaks.append(leaf)
    return size + 1


def follow(index: int, last: int, path: list[bytes], start: bytes) -> tuple[bytes, bytes]:
    """Where a path leads from the node `index` of `last + 1` of its level: to the root of the tree, and of the tree that ends with the node."""
    whole = part = start
    for step in path:
        _holds(last > 0, "the path of the proof is too long")
        if index & 1 or index == last:
            whole, part = _sha256(b"\x01" + step + whole), _sha256(b"\x01" + step + part)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            whole = _sha256(b"\x01" + whole + step)
        index, last = index >> 1, last >> 1
    _holds(last == 0, "the path of the proof is too short")
    return whole, part


def goes_on(older: Head, newer: Head, path: list[bytes]) -> bool:
    """Whether the newer tree begins with all of the older one (RFC 9162, 2.1.4.2)."""
    if older.size in (0, newer.size):
        return not path and older.root == (newer.root if older.size else _sha256(b""))
    index, last = older.size - 1, newer.size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    steps = path if index else [older.root, *path]
    return older.size < newer.size and bool(steps) and follow(index, last, steps[1:], steps[0]) == (newer.root, older.root)


def _decoded(text: str) -> bytes:
    _holds(base64.b64encode(base64.b64decode(text, validate=True)).decode() == text, "base64 is not written as it must be")
    return base64.b64decode(text)


def _parsed(data: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _holds(len(dict(pairs)) == len(pairs), "an object in JSON has one name twice")
        return dict(pairs)

    return json.loads(data.decode(), object_pairs_hook=once)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def keys_of(texts: list[str]) -> Keys:
    """The public keys by name and id."""
    keys = {}
    for matched in map(KEY.fullmatch, texts):
        data = base64.b64decode(matched[3] if matched else "")
        if not matched or data[0] != 1 or _sha256(matched[1].encode() + b"\n" + data)[:4].hex() != matched[2]:
            raise OSError("a key is not `name+id+key`, or does not fit its id")
        keys[matched[1], bytes.fromhex(matched[2])] = data[1:]
    return keys


def head_of(text: str, keys: Keys) -> Head:
    """What a head says that one of the keys signed (c2sp.org/tlog-checkpoint)."""
    said, parted, signed = text.rpartition("\n\n")
    matched, lines = HEAD.fullmatch(said + "\n"), [SIGNATURE.fullmatch(line) for line in signed.split("\n")]
    if not parted or not matched or lines.pop() or not lines or None in lines or not signed.endswith("\n"):
        raise Fault("a head is not written as it must be")
    head = Head(matched[1], int(matched[2]), _decoded(matched[3]), matched[4])
    marks = [_decoded(line[2]) for line in lines if line and line[1] == head.origin]
    known = [(keys[head.origin, mark[:4]], mark[4:]) for mark in marks if (head.origin, mark[:4]) in keys]
    _holds(bool(known), f"the head of {head.size} records is not signed by the key")
    for key, signature in known:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, (said + "\n").encode())
    return head


def heads_in(folder: Path | None, keys: Keys, between: Path | None = None) -> dict[int, Head]:
    """The heads of one ledger that are kept in a folder, by size; and those of a proof of consistency that begins or ends with one of them."""
    heads = [head_of(path.read_bytes().decode("utf-8", "replace"), keys) for path in sorted(folder.rglob("*.checkpoint") if folder else ())]
    if folder and len({head.origin for head in heads}) != 1:
        raise OSError("the folder must hold heads, all of one ledger")
    linked = proof(between.read_bytes(), keys)[0] if between else []
    if linked and not {head[:3] for head in linked} & {head[:3] for head in heads}:
        raise OSError("the proof with --between neither begins nor ends with a head that you keep")
    by_size = {head.size: head for head in (*heads, *linked)}
    _holds(all(by_size[head.size][:3] == head[:3] for head in (*heads, *linked)), "two heads of one size differ: two people were told two things")
    return by_size


def with_kept(kept: dict[int, Head], heads: list[Head], line: str) -> Iterator[str]:
    """What a proof shows, and its heads compared with those that the auditor kept, of which one is to be among them."""
    yield line
    for head in heads:
        _holds(all(one.origin == head.origin for one in kept.values()), "the heads that you keep are of another ledger")
        _holds(kept.get(head.size, head).root == head.root, f"the head of {head.size} records is not the one that you keep")
    known, size = [head.size for head in heads if head.size in kept], heads[-1].size
    yield from (f"ok    the head of {one} records is one that you keep" for one in known)
    if kept and not known:
        near = sorted(kept, key=lambda one: abs(one - size))[:NEAR]
        told = ", ".join(map(str, sorted(near))) + (" and others" if len(kept) > NEAR else "")
        yield f"OPEN  you keep no head of {size} records, but of {told}: that one goes on from the other is not shown"
        yield f"OPEN  ask for `cds audit consistency {min(near[0], size)} {max(near[0], size)}`, and name its proof with --between"


def proof(data: bytes, keys: Keys, body: bytes | None = None) -> tuple[list[Head], str]:
    """The heads of a proof of inclusion, of this body or the one in it, or of consistency, and what it shows."""
    told = _parsed(data)
    _holds(set(told) - {"body"} == PROOFS[told["kind"]], "the proof has not the members of a proof")
    path = [_decoded(one) for one in told["path"]]
    _holds(all(len(one) == HASH for one in path), "the path of the proof is no list of hashes")
    if told["kind"] == "consistency":
        older, newer = (head_of(told[name], keys) for name in ("older", "newer"))
        _holds(older.origin == newer.origin and goes_on(older, newer, path), "the newer head does not go on from the older one")
        return [older, newer], f"ok    the ledger of {newer.size} records begins with all of that of {older.size}"
    head, leaf, index = head_of(told["checkpoint"], keys), _decoded(told["leaf"]), told["index"]
    body = told["body"].encode() if body is None and "body" in told else body
    _holds(len(leaf) == HASH if body is None else _sha256(b"\x00" + body) == leaf, "the record is not the one that the proof is for")
    found = type(index) is int and 0 <= index < head.size and follow(index, head.size - 1, path, leaf)[0] == head.root
    _holds(found, "the record is not in the ledger under the signed head")
    return [head], f"ok    entry {index + 1} is in the ledger under the head of {head.size} records and {head.time}, which the key signed"


def contents(record: Any, sealed: bytes | None, opened: bytes | None) -> Iterator[str]:
    """Compares what was sealed with what the record says of it."""
    facts = record.get("facts", {})
    _holds((_named(sealed) if sealed else None) == facts.get("sealed"), "the sealed part is not the one that the record names")
    yield "ok    the sealed part is the one that the record names" if sealed else "note  the record has no sealed part"
    if opened:
        _holds(_named(opened) == facts.get("digest"), "the opened facts are not those that were sealed")
        inside = _parsed(opened)
        salted = _decoded(inside["salt"]) + _canonical(inside["private"]["assessment"].get("cards", []))
        _holds(_named(salted) == record["output"]["digest"], "the cards are not those that the record names")
        yield "ok    the opened facts and cards are those that the record names"


def bundle(path: Path, keys: Keys, kept: dict[int, Head]) -> Iterator[str]:
    """Checks the bundle of one decision."""
    with zipfile.ZipFile(path) as archive:
        files = archive.infolist()
        _holds(sum(one.file_size for one in files) <= MOST, "the bundle is larger than a bundle can be")
        parts = {one.filename: archive.read(one) for one in files}
    release = {name[len(RELEASE) :]: _named(data) for name, data in parts.items() if name.startswith(RELEASE)}
    fits = len(parts) == len(files) and NEEDED <= parts.keys() <= NEEDED | MORE | {RELEASE + name for name in release}
    _holds(fits and (not release or "release.json" in parts), "the bundle has not the files of a bundle")
    sums = "".join(f"{_sha256(parts[name]).hex()}  {name}\n" for name in sorted(parts) if name != "SHA256SUMS").encode()
    _holds(sums == parts["SHA256SUMS"], "a file of the bundle is not the one that it lists")
    if not keys:
        yield "OPEN  nothing is shown about who signed: the key is from the bundle itself, chosen by its maker. Name one that you trust with --key"
        keys = keys_of([one["key"] for one in _parsed(parts["keys.json"])["keys"]])
    heads, line = proof(parts["proof.json"], keys, parts["record.json"])
    _holds(heads == [head_of(parts["head.checkpoint"].decode("utf-8", "replace"), keys)], "the head is not that of the proof")
    yield from with_kept(kept, heads, line)
    yield from contents(record := _parsed(parts["record.json"]), parts.get("sealed.bin"), parts.get("opened.json"))
    if "release.json" in parts:
        named = _named(_canonical(manifest := _parsed(parts["release.json"])))
        _holds(named == record["release"]["digest"], "the release is not the one that the record names")
        _holds(release.items() <= manifest["files"].items(), "a file of the release is not the one that its manifest names")
        yield f"ok    the manifest is that of the release that the record names, and names the {len(release)} files of the release that are here"
    elif "release" in record:
        yield f"note  the release {record['release']['version']} is not in the bundle: ask for it, and compare its digest"


def _wrong(seq: int, row: Any, leaf: bytes, dropped: int, under: Any = None) -> str:
    try:
        _holds(row.keys() <= {"seq", "leaf", "body", "sealed", "opened"} and row["seq"] == seq, "it is out of sequence")
        _holds("body" in row or (seq == dropped and row.keys() == {"seq", "leaf"}), "its record is left out, and not because its time was over")
        _holds(len(leaf) == HASH and row.get("leaf", leaf.hex()) == leaf.hex(), "its record is not what was written")
        if "body" in row:
            list(contents(_parsed(row["body"].encode()), _decoded(row.get("sealed") or ""), (row.get("opened") or "").encode()))
        if under and (under[1] or seq <= under[0].size):
            fits = 0 < seq <= under[0].size and all(len(one) == HASH for one in under[1])
            _holds(fits and follow(seq - 1, under[0].size - 1, under[1], leaf)[0] == under[0].root, "it is not in the ledger under the signed head")
    except MALFORMED as error:
        return _told(error)
    return ""


def part(lines: Iterator[bytes], head: Head) -> Iterator[str]:
    """Checks a part of a ledger, of which each line has its own proof under the head."""
    seen, behind = set[int](), 0
    for row in map(_parsed, lines):
        seq, path = row["seq"], [_decoded(one) for one in row.pop("proof", [])]
        behind += seq > head.size
        if wrong := "it is there twice" if seq in seen else _wrong(seq, row, _sha256(b"\x00" + row["body"].encode()), 0, (head, path)):
            yield f"FAULT entry {seq}: {wrong}"
        seen.add(seq)
    yield f"OPEN  a part of a ledger, {len(seen)} of its records: whether any was left out is not shown; {behind} are behind the head"


def export(path: Path, keys: Keys, kept: dict[int, Head]) -> Iterator[str]:
    """Checks a whole export, or a part of one, against heads."""
    peaks, size, dropped = list[bytes](), 0, 0
    with path.open("rb") as lines:
        for line in lines:
            row = _parsed(line)
            if not size and "part" in row:
                head = head_of(row["part"], keys)
                return (yield from (*part(lines, head), *with_kept(kept, [head], f"ok    the head of {head.size} records, which the key signed")))
            leaf = _sha256(b"\x00" + row["body"].encode()) if "body" in row else bytes.fromhex(row["leaf"])
            size, dropped = grow(peaks, size, leaf), dropped + ("body" not in row)
            if wrong := _wrong(size, row, leaf, dropped):
                yield f"FAULT entry {size}: {wrong}"
            if size in kept:
                root = functools.reduce(lambda right, left: _sha256(b"\x01" + left + right), reversed(peaks))
                told = ("ok    the first", "are") if root == kept[size].root else ("FAULT the first", "are not")
                yield f"{told[0]} {size} records {told[1]} those that were signed"
    _holds(max(kept) <= size, f"a head of {max(kept)} records was signed, and the export has {size}: its end is missing")
    yield f"note  {size} records, {dropped} of them dropped when their time was over; {size - max(kept)} are behind the last head"


def _told(error: Exception) -> str:
    other = "the signature of a head does not hold" if isinstance(error, InvalidSignature) else "something is not written as it must be"
    return str(error) if isinstance(error, Fault) else f"{other} ({type(error).__name__})"


def main() -> int:
    """The exit code."""
    asking = argparse.ArgumentParser(description="Checks a bundle, a proof or an export of a ledger of Back Pain CDS.")
    asking.add_argument("file", type=Path)
    asking.add_argument("--key", action="append", default=[], help="the public key that signs heads; may be given more than once")
    asking.add_argument("--heads", type=Path, help="a folder of heads that you keep")
    asking.add_argument("--between", type=Path, help="a proof of consistency that begins or ends with one of these heads")
    asked = asking.parse_args()
    checks = {".zip": bundle, ".json": lambda path, keys, kept: with_kept(kept, *proof(path.read_bytes(), keys)), ".ndjson": export}
    check, found = checks.get(asked.file.suffix), set[str]()
    if not check or (not asked.key and (asked.heads or check is not bundle)) or (not asked.heads and (asked.between or check is export)):
        asking.error("give a bundle (.zip) or a proof (.json) with --key, or an export (.ndjson) with --key and --heads; --between needs --heads")
    try:
        keys = keys_of(asked.key)
        for line in check(asked.file, keys, heads_in(asked.heads, keys, asked.between)):
            found.add(line[:5])
            print(line)
    except OSError as error:
        asking.error(f"it could not be checked: {error.strerror or error}")
    except MALFORMED as error:
        print(f"FAULT {_told(error)}")
        found.add("FAULT")
    print("It does not hold." if "FAULT" in found else "It is not all shown: see OPEN." if "OPEN " in found else "It holds.")
    return 1 if "FAULT" in found else 2 if "OPEN " in found else 0


if __name__ == "__main__":
    raise SystemExit(main())
