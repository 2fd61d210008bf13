"""A reference in an answer: well formed, to a resource type that FHIR R4 has and that the item takes (FHIR R4, References)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cds.fhir import concepts, limits
from cds.fhir.questionnaire import Item
from cds.fhir.validation import kinds, rules
from cds.fhir.validation.context import Context
from cds.foundation.errors import Diagnostic

_ID = r"[A-Za-z0-9\-.]{1,64}"
_RELATIVE = re.compile(rf"(?P<type>[A-Za-z]{{1,64}})/{_ID}(/_history/{_ID})?")
_ABSOLUTE = re.compile(rf"https?://[!-~]{{1,2000}}?/(?P<type>[A-Za-z]{{1,64}})/{_ID}(/_history/{_ID})?")
_OTHER = re.compile(
    rf"https?://[!-~]{{1,2000}}|#{_ID}|urn:uuid:[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}|urn:oid:[0-2](\.(0|[1-9][0-9]*))+"
)


def check(value: Mapping[str, Any], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """One that names nothing but an identifier is fine; a type that cannot be told is told as not checked where only some are taken."""
    reference, said = value.get("reference"), concepts.text(value.get("type"))
    if reference is None and not {"identifier", "display"} & value.keys():
        text = f"The reference in {item.link_id} refers to nothing. Send reference or identifier."
        yield from rules.broken("invalidRefValue", context.status, text, place)
    elif reference is not None and not _well_formed(reference):
        text = f"The reference in {item.link_id} is not well formed. Send Type/id, an http(s) address, urn:uuid:, urn:oid: or # and the contained id."
        yield from rules.broken("invalidRefValue", context.status, text, place)
    else:
        yield from _typed({kind for kind in (_type_in(reference, context), said) if kind}, item, context, place)


def _typed(types: set[str], item: Item, context: Context, place: str) -> Iterator[Diagnostic]:
    """`types` are those of the address and of the element `type`: of FHIR R4, one and the same, and taken by the item."""
    taken = item.bounds.reference_types
    if not types <= kinds.RESOURCES:
        text = f"The reference in {item.link_id} is to a type that FHIR R4 does not have. Send one of its resource types."
        yield from rules.broken("invalidRefType", context.status, text, place)
    elif len(types) > 1:
        text = f"The reference in {item.link_id} and its type are of two types. Send one."
        yield from rules.broken("invalidRefType", context.status, text, place)
    elif taken and not types:
        text = f"The type of what {item.link_id} refers to cannot be told: it was not compared with those taken. Send its type."
        yield from rules.broken("notChecked", context.status, text, place)
    elif taken and not types <= taken:
        text = f"{item.link_id} takes a reference to {limits.listed(taken)}. Send one."
        yield from rules.broken("invalidRefType", context.status, text, place)


def _well_formed(reference: object) -> bool:
    text = concepts.text(reference)
    return any(form.fullmatch(text) for form in (_RELATIVE, _OTHER))


def _type_in(reference: object, context: Context) -> str:
    """The type of what is contained, that a relative address names, or an address like those of a server with a type of R4; else empty."""
    text = concepts.text(reference)
    if text.startswith("#"):
        return context.contained.get(text[1:], "")
    relative, absolute = _RELATIVE.fullmatch(text), _ABSOLUTE.fullmatch(text)
    if relative:
        return relative["type"]
    return absolute["type"] if absolute and absolute["type"] in kinds.RESOURCES else ""
