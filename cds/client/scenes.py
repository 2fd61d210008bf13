"""What an EHR has open when it calls: a patient, a user, an encounter, the record behind them, and orders being written.

From a scene come the context of each hook (CDS Hooks hook library) and the whole request.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cds.foundation import strict_json
from cds.foundation.errors import CdsError

Resource = Mapping[str, Any]

PATIENT_VIEW = "patient-view"
ORDER_SELECT = "order-select"
ORDER_SIGN = "order-sign"
WITH_ORDERS = (ORDER_SELECT, ORDER_SIGN)
IN_AN_ENCOUNTER = ("encounter-start", "encounter-discharge")
USER = "Practitioner/example"
MAX_FILE = 50_000_000
_NONE: Mapping[str, Any] = {}


class NotAScene(CdsError):
    """What was given does not make a call: a file that holds no FHIR, no patient, or no encounter where the hook is about one."""

    code = "value"


@dataclass(frozen=True)
class Scene:
    """`patient` is a bare FHIR id; `encounter` is empty for none; `record` and `orders` are FHIR resources; `more` is context beside all that."""

    patient: str
    user: str = USER
    encounter: str = ""
    record: tuple[Resource, ...] = field(default=(), repr=False)
    orders: tuple[Resource, ...] = field(default=(), repr=False)
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def context(self, hook: str) -> dict[str, Any]:
        """The context of a call of `hook`; raises NotAScene where the hook needs an encounter and there is none."""
        context: dict[str, Any] = {"userId": self.user, "patientId": self.patient}
        if self.encounter:
            context["encounterId"] = self.encounter
        elif hook in IN_AN_ENCOUNTER:
            raise NotAScene("This hook is about an encounter. Give its id.")
        if hook in WITH_ORDERS:
            context |= _drafts(self.orders, selected=hook == ORDER_SELECT)
        return context | dict(self.more)

    def request(self, hook: str, prefetch: Mapping[str, Any] | None = None, access: Mapping[str, Any] = _NONE) -> dict[str, Any]:
        """One call of `hook` with an instance id of its own. `access` is `fhirServer`, with `fhirAuthorization` or without."""
        called: dict[str, Any] = {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": self.context(hook), **access}
        return called if prefetch is None else called | {"prefetch": dict(prefetch)}


def access(server: str, token: str, *, patient: str, subject: str) -> dict[str, Any]:
    """How a service may read the record by itself (CDS Hooks 3.0, "Passing the Access Token"); no authorization without a token."""
    if not token:
        return {"fhirServer": server}
    granted = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": subject,
        "patient": patient,
    }
    return {"fhirServer": server, "fhirAuthorization": granted}


def patients(record: Sequence[Resource]) -> list[str]:
    """The ids of the patients of a record, in its order."""
    return list(dict.fromkeys(str(one["id"]) for one in record if one.get("resourceType") == "Patient" and one.get("id")))


def only_patient(record: Sequence[Resource]) -> str:
    """The id of the one patient of a record; raises NotAScene where there is none, or more."""
    found = patients(record)
    if len(found) != 1:
        raise NotAScene(f"The data holds {len(found) or 'no'} patients. Say whose record is open: --patient ID.")
    return found[0]


def read(place: Path) -> tuple[Resource, ...]:
    """The resources of a file, or of every JSON file of a folder: resources, Bundles, lists of them, or the prefetch of a CDS Hooks request.

    A resource that several files hold counts once, as the first by name of file has it. Raises NotAScene and NotJson.
    """
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place]
    found: dict[tuple[Any, Any], Resource] = {}
    for file in files:
        for one in _resources(document(file)):
            found.setdefault((one["resourceType"], one.get("id") or json.dumps(one, default=str, sort_keys=True)), one)
    if not found:
        raise NotAScene(
            "There is no FHIR resource in it. Give a JSON file with a resource or a Bundle, or a folder of such files.", expression=str(place)
        )
    return tuple(found.values())


def document(file: Path) -> Any:
    """The JSON of a file; errors name the file."""
    try:
        return strict_json.loads(file.read_bytes(), limit=MAX_FILE)
    except OSError as error:
        raise NotAScene(f"It cannot be read: {error.strerror}.", expression=str(file)) from error
    except CdsError as error:
        raise NotAScene(error.text, expression=str(file)) from error


def _resources(value: Any) -> Iterator[Resource]:
    if isinstance(value, list):
        for one in value:
            yield from _resources(one)
    elif isinstance(value, Mapping) and value.get("resourceType") == "Bundle":
        yield from _resources([one.get("resource") for one in value.get("entry") or () if isinstance(one, Mapping)])
    elif isinstance(value, Mapping) and isinstance(value.get("resourceType"), str):
        yield value
    elif isinstance(value, Mapping) and isinstance(value.get("prefetch"), Mapping):
        yield from _resources(list(value["prefetch"].values()))


def _drafts(orders: Sequence[Resource], *, selected: bool) -> dict[str, Any]:
    named = [{**one, "id": one.get("id") or f"draft-{number}"} for number, one in enumerate(orders, start=1)]
    drafts: dict[str, Any] = {"draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in named]}}
    references = [f"{one['resourceType']}/{one['id']}" for one in named]
    return ({"selections": references} if selected else {}) | drafts
