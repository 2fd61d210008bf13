"""The draft orders of a hook (CDS Hooks, order-select 1.1 and order-sign 1.1): which are checked, and what each of them asks for.

Read leniently: what cannot be read is left out and told, never taken for an order that is not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from cds.fhir import concepts, dating, medicines, order_sets, references
from cds.values.order import Drafts, Order
from cds.values.profile import ClientProfile
from cds.values.release import Release

_CODED: Mapping[str, str] = MappingProxyType({"ServiceRequest": "code", "Task": "code", "CommunicationRequest": "category"})
"""The element that says what is ordered, by type (FHIR R4); of a MedicationRequest it is the medicine."""
_MEDICINE = "MedicationRequest"
_ORDERS = (*_CODED, _MEDICINE, "DeviceRequest", "NutritionOrder", "VisionPrescription", "RequestGroup")
"""What a selection may name (CDS Hooks, order-select: the orders of draftOrders); the last of them are not looked into."""
_VOID = ("entered-in-error", "revoked", "cancelled", "stopped", "rejected")
"""Statuses of what will not be carried out."""
_PRIORITIES = ("routine", "urgent", "asap", "stat")
_PLACE = "context.draftOrders"
Resource = Mapping[str, Any]


@dataclass(frozen=True)
class _Entry:
    """A resource of the Bundle, with the names that a selection or another resource may call it by."""

    place: str
    resource: Resource
    known_as: frozenset[str]

    @property
    def kind(self) -> str:
        return concepts.text(self.resource.get("resourceType"))


def read(draft_orders: object, selections: Sequence[str] | None, *, patient: str, release: Release, profile: ClientProfile) -> Drafts:
    """The orders of the Bundle for the patient of that id. `selections` is None where all are signed.

    A selection of a Medication selects the requests that refer to it. Where a selection names no order of the Bundle it cannot be told what was
    selected, so then everything counts as selected. What is not to be done (`doNotPerform`) or was withdrawn is no order; what is for another
    patient, and what names nothing, is told.
    """
    held, problems = _entries(draft_orders)
    others: list[str] = []
    products = {name: entry for entry in held if entry.kind == "Medication" for name in entry.known_as}
    chosen = None if selections is None else _chosen(held, products, frozenset(map(_bare, selections)))
    known = order_sets.Known.of(release, profile)
    found: dict[Order, None] = {}
    for entry in filter(_is_order, held):
        order = _order(entry, products, known, selected=chosen is None or entry.place in chosen)
        if _is_of_another(entry, patient):
            others.append(f"{entry.place}: it is for another patient.")
        elif order.codes or any(name.strip() for name in order.names):
            found[order] = None
        else:
            problems.append(f"{entry.place}: it does not say what is ordered.")
    return Drafts(tuple(found), tuple(problems), tuple(others))


def _chosen(held: Sequence[_Entry], products: Mapping[str, _Entry], selections: frozenset[str]) -> frozenset[str] | None:
    """The places of the orders that were selected; None where a selection names no order."""
    names = {entry.place: entry.known_as | _medication_of(entry, products) for entry in held if entry.kind in _ORDERS}
    if not selections <= frozenset().union(*names.values()):
        return None
    return frozenset(place for place, called in names.items() if not called.isdisjoint(selections))


def _medication_of(entry: _Entry, products: Mapping[str, _Entry]) -> frozenset[str]:
    """What the Medication of the Bundle that a request refers to may be called by."""
    reference = concepts.text(concepts.mapping(entry.resource.get("medicationReference")).get("reference"))
    found = products.get(reference) or products.get(_bare(reference))
    return found.known_as if found else frozenset()


def _entries(bundle: object) -> tuple[list[_Entry], list[str]]:
    """The resources of the Bundle, and what of it cannot be read."""
    given = concepts.mapping(bundle).get("entry", [])
    if concepts.mapping(bundle).get("resourceType") != "Bundle" or not isinstance(given, list):
        return [], [f"{_PLACE}: not a Bundle with a list of entries."]
    read_entries = [_entry(one, f"{_PLACE}.entry[{index}]") for index, one in enumerate(given)]
    return [one for one in read_entries if isinstance(one, _Entry)], [one for one in read_entries if isinstance(one, str)]


def _entry(entry: object, place: str) -> _Entry | str:
    resource = concepts.mapping(concepts.mapping(entry).get("resource"))
    kind, identity = concepts.text(resource.get("resourceType")), concepts.text(resource.get("id"))
    if not kind:
        return f"{place}: no resource with a type."
    names = (f"{kind}/{identity}" if identity else "", concepts.text(concepts.mapping(entry).get("fullUrl")))
    return _Entry(place, resource, frozenset(_bare(name) for name in names if name) | frozenset(filter(None, names)))


def _bare(reference: str) -> str:
    """`Type/id` of a reference, whatever stands before or after it; one that is a urn stays as it is."""
    if reference.startswith("urn:"):
        return reference
    return "/".join(reference.split("/_history/", maxsplit=1)[0].split("/")[-2:])


def _is_order(entry: _Entry) -> bool:
    resource = entry.resource
    kept = resource.get("doNotPerform") is not True and resource.get("status") not in _VOID
    return kept and (entry.kind in _CODED or entry.kind == _MEDICINE)


def _is_of_another(entry: _Entry, patient: str) -> bool:
    who = concepts.mapping(entry.resource.get("subject", entry.resource.get("for")))
    reference = concepts.text(who.get("reference"))
    return references.names_patient(reference) and not reference.startswith("urn:") and references.patient_id(reference) != patient


def _order(entry: _Entry, products: Mapping[str, _Entry], known: order_sets.Known, *, selected: bool) -> Order:
    resource = entry.resource
    if entry.kind == _MEDICINE:
        product, texts = medicines.product(resource, {name: one.resource for name, one in products.items()})
        codes = frozenset(product.codes)
    else:
        given = resource.get(_CODED[entry.kind])
        said = concepts.objects(given) if isinstance(given, list) else [concepts.mapping(given)]
        codes, texts = frozenset(code for one in said for code in concepts.codes(one)), tuple(text for one in said for text in concepts.words(one))
    codes = known.ours(frozenset(_real(codes)))
    priority = concepts.text(resource.get("priority"))
    return Order(
        reference=references.name_of(resource, entry.place),
        kind=entry.kind,
        codes=codes,
        names=texts,
        priority=priority if priority in _PRIORITIES else "routine",
        sets=known.sets(codes, texts, resource),
        selected=selected,
        due=_due(entry),
    )


def _due(entry: _Entry) -> datetime | None:
    """The last instant at which it may be done, as its request says (`occurrence[x]`, of a Task `restriction`); a day counts to its end.

    Of a period that has no end, or none that can be read, its start: it is done no earlier. The latest, where several times are given.
    """
    resource = entry.resource
    if entry.kind == "Task":
        return _end(concepts.mapping(resource.get("restriction")).get("period"))
    timing = concepts.mapping(resource.get("occurrenceTiming"))
    events = timing.get("event")
    said = [
        _latest(resource.get("occurrenceDateTime")),
        _end(resource.get("occurrencePeriod")),
        _end(concepts.mapping(timing.get("repeat")).get("boundsPeriod")),
        *map(_latest, events if isinstance(events, list) else ()),
    ]
    return max((one for one in said if one), default=None)


def _end(period: object) -> datetime | None:
    given = concepts.mapping(period)
    return _latest(given.get("end")) or _latest(given.get("start"))


def _latest(said: object) -> datetime | None:
    when = dating.read(said)
    return when.latest if when else None


def _real(codes: frozenset[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Without those of which system or code was not given."""
    return ((system, code) for system, code in codes if system not in ("", "None") and code not in ("", "None"))
