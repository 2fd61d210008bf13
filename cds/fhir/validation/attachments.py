"""An attachment in an answer: its type, its size, and its data (FHIR R4 Attachment). What is in it is never opened."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds.fhir import concepts, limits, numbers
from cds.fhir.questionnaire import Item
from cds.fhir.validation import rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic

_MEGABYTE = 1_048_576
"""Bytes of the unit that maxSize counts in; the larger reading of the two, so that nothing is refused that may fit."""


def check(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """Type and size as the item takes them, `size` as the data has it; its content is always told as not checked."""
    if item.bounds.mime_types and not _taken(value.get("contentType"), item.bounds.mime_types):
        types = limits.listed(item.bounds.mime_types)
        text = f"Not a type of attachment that {item.link_id} takes. Send contentType, one of: {types}."
        yield from rules.broken("attachmentType", context.status, text, place)
    yield from _sized(value, item, context, place)
    text = f"The attachment in {item.link_id} was not opened: nothing in it is checked or used."
    yield from rules.broken("notChecked", context.status, text, place)


def _sized(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    told, held = numbers.integer(value.get("size")), _length(value.get("data"))
    if told is not None and held is not None and told != held:
        text = f"The size of the attachment in {item.link_id} is not that of its data. Send the number of bytes before base64."
        yield from rules.broken("attachmentLength", context.status, text, place)
    largest = max((size for size in (told, held) if size is not None), default=None)
    most = item.bounds.max_size
    if most is None:
        return
    if largest is None:
        text = f"The size of the attachment in {item.link_id} is not told: it was not compared with the largest allowed."
        yield from rules.broken("notChecked", context.status, text, place)
    elif Decimal(largest) > most * _MEGABYTE:
        yield from rules.broken("attachmentSize", context.status, f"{item.link_id} takes at most {most} MB. Send a smaller attachment.", place)


def _taken(given: object, types: frozenset[str]) -> bool:
    """By type and subtype, parameters and case disregarded; `image/*` takes every image."""
    kind = concepts.text(given).partition(";")[0].strip().lower()
    taken = {one.lower() for one in types}
    return kind in taken or f"{kind.partition('/')[0]}/*" in taken


def _length(data: object) -> int | None:
    """Bytes of the decoded data; None without data."""
    if not isinstance(data, str):
        return None
    try:
        return len(base64.b64decode("".join(data.split()), validate=True))
    except (binascii.Error, ValueError):
        return None
