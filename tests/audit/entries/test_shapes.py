"""What reading relies on in a stored body."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cds.audit.entries import bodies, shapes
from cds.audit.faults import LedgerDamaged
from cds.foundation import schemas
from cds.values.record import Entry
from tests.audit.entries import test_bodies


def spoilt(members: Any) -> Iterator[Any]:
    """The document with one value at a time replaced by one of another type, and with one member more."""
    for name, value in members.items() if isinstance(members, dict) else enumerate(members):
        inner = spoilt(value) if isinstance(value, (dict, list)) else ()
        for other in [7.5, None, [7], *inner]:
            changed = copy.copy(members)
            changed[name] = other
            yield changed


@pytest.mark.parametrize("entry", test_bodies.ENTRIES)
def test_a_body_with_one_value_of_another_type_is_told_as_damage(entry: Entry) -> None:
    members = json.loads(bodies.dumps(entry))
    detail = members.pop("detail", None)
    for changed in spoilt(members):
        body = json.dumps(changed if detail is None else {**changed, "detail": detail}).encode()
        with pytest.raises(LedgerDamaged):
            bodies.loads(body)


@pytest.mark.parametrize("entry", test_bodies.ENTRIES)
def test_the_schema_and_the_quick_look_agree_on_what_must_be_there(entry: Entry) -> None:
    members = json.loads(bodies.dumps(entry))
    required = json.loads((schemas.folder() / "audit-record.schema.json").read_text(encoding="utf-8"))["$defs"][members["kind"]]["required"]
    for name in members:
        less = {one: value for one, value in members.items() if one != name}
        assert shapes.fits(less) == (name not in required)


@pytest.mark.parametrize("entry", test_bodies.ENTRIES)
def test_a_body_with_a_member_more_is_told_as_damage(entry: Entry) -> None:
    with pytest.raises(LedgerDamaged):
        bodies.loads(json.dumps({**json.loads(bodies.dumps(entry)), "patient": "Patient/7"}).encode())
