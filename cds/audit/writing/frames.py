"""The form of a spool's file: frames, one for each group of entries that stands or falls together.

    ff 42 50 53              the mark by which the next frame is found behind one that cannot be read
    length of the payload    4 bytes, big-endian
    count of its entries     4 bytes, big-endian, so that what waits is counted without reading it
    SHA-256                  32 bytes, of both numbers and the payload
    payload                  canonical JSON: the entries with body, sealed part, and its key wrapped under a master key

Read piece by piece: a file may be larger than the memory.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cds.audit.rows import WrappedKey
from cds.foundation import canonical, strict_json
from cds.foundation.errors import CdsError

MARK = b"\xffBPS"
NUMBER, DIGEST = 4, 32
HEADER = len(MARK) + 2 * NUMBER + DIGEST
CHUNK = 1 << 20

Source = Callable[[int, int], bytes]
"""Gives so many bytes of a file from an offset on, and fewer at its end."""


@dataclass(frozen=True)
class Spooled:
    """An entry as it will stand in the store: its body is final. `key` opens `sealed`, and nothing else does."""

    entry_id: str
    body: bytes
    sealed: bytes | None = None
    key: WrappedKey | None = None


Frame = tuple[Spooled, ...]


@dataclass(frozen=True)
class Piece:
    """The bytes [start, end) of a file: a frame, or what cannot be read."""

    start: int
    end: int
    frame: Frame | None


def pieces(source: Source, at: int, end: int) -> Iterator[Piece]:
    """All that stands in [at, end), in order and without a gap."""
    while at < end:
        piece = _frame_at(source, at, end) or Piece(at, _following(source, at + 1, end), None)
        yield piece
        at = piece.end


def _following(source: Source, at: int, end: int) -> int:
    """Where the next mark stands, or the end."""
    while at < end:
        chunk = source(at, min(CHUNK, end - at))
        found = chunk.find(MARK)
        if found >= 0:
            return at + found
        if len(chunk) < len(MARK):
            return end
        at += len(chunk) - len(MARK) + 1
    return end


def _frame_at(source: Source, at: int, end: int) -> Piece | None:
    header = source(at, HEADER)
    length, _ = numbers(header)
    body = at + HEADER
    if not header.startswith(MARK) or len(header) < HEADER or body + length > end:
        return None
    payload = source(body, length)
    if header[-DIGEST:] != hashlib.sha256(header[len(MARK) : -DIGEST] + payload).digest():
        return None
    try:
        return Piece(at, body + length, tuple(_entries(payload)))
    except (CdsError, KeyError, TypeError, ValueError):
        return None


def framed(frame: Frame) -> bytes:
    """The bytes of a frame."""
    payload = canonical.dumps({"entries": [_plain(one) for one in frame]})
    told = len(payload).to_bytes(NUMBER, "big") + len(frame).to_bytes(NUMBER, "big")
    return MARK + told + hashlib.sha256(told + payload).digest() + payload


def numbers(header: bytes) -> tuple[int, int]:
    """The length of a payload and the count of its entries."""
    start = len(MARK)
    return int.from_bytes(header[start : start + NUMBER], "big"), int.from_bytes(header[start + NUMBER : start + 2 * NUMBER], "big")


def _plain(one: Spooled) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one.entry_id, "body": base64.b64encode(one.body).decode()}
    if one.sealed is not None:
        told["sealed"] = base64.b64encode(one.sealed).decode()
    if one.key is not None:
        key = one.key
        told["key"] = {"id": key.key_id, "subject": key.subject, "wrapped": base64.b64encode(key.wrapped).decode(), "by": key.wrapped_by}
    return told


def _entries(payload: bytes) -> Iterator[Spooled]:
    for one in strict_json.load_object(payload, limit=len(payload))["entries"]:
        key = one.get("key")
        wrapped = WrappedKey(key["id"], key["subject"], base64.b64decode(key["wrapped"]), key["by"]) if key else None
        yield Spooled(one["id"], base64.b64decode(one["body"]), base64.b64decode(one["sealed"]) if "sealed" in one else None, wrapped)
