"""The context of each hook that is answered (CDS Hooks library), and the types that requests are made of.

Fields that a hook does not have are ignored. What no answer depends on is tolerated where clients are known to bend it, and noted.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

FHIR_ID = r"^[A-Za-z0-9\-.]{1,64}$"
_REFERENCE = re.compile(r"[A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
USERS = frozenset({"Practitioner", "PractitionerRole", "Patient", "RelatedPerson"})
"""The types that a user may have in any of these hooks."""

ODD_USER = "context.userId: not a reference to a Practitioner, PractitionerRole, Patient or RelatedPerson."
ODD_SELECTION = "context.selections: not a reference of the form Type/id."

NO_BUNDLE = "no_bundle"
"""The type of the error of orders that are no Bundle."""

Text = Annotated[str, Field(min_length=1)]


def bare(value: Any) -> Any:
    """`Patient/x` as `x`: some clients send the reference where the standard has the bare id."""
    return value.removeprefix("Patient/") if isinstance(value, str) else value


def absent(value: Any) -> Any:
    """Empty text as nothing: some clients send a field that they have no value for."""
    return None if value == "" else value


class Message(BaseModel):
    """Part of what a client sent: strict about types, open for members that are not known here, and never shown in an error."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class Context(Message):
    """What the contexts of all these hooks have, and all of that of `patient-view`. `patient_id` is a bare FHIR id."""

    user_id: Annotated[Text, Field(alias="userId")]
    patient_id: Annotated[str, BeforeValidator(bare), Field(alias="patientId", pattern=FHIR_ID)]
    encounter_id: Annotated[Text | None, BeforeValidator(absent), Field(alias="encounterId")] = None

    def noted(self) -> Iterator[str]:
        """What is odd in it and refuses nothing, since no answer depends on it."""
        if not (_REFERENCE.fullmatch(self.user_id) and self.user_id.partition("/")[0] in USERS):
            yield ODD_USER


class EncounterContext(Context):
    """Context of `encounter-start`: without its encounter there is nothing that starts."""

    encounter_id: Annotated[Text, Field(alias="encounterId")]


def _orders(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("resourceType") != "Bundle" or not isinstance(value.get("entry", []), list):
        raise PydanticCustomError(NO_BUNDLE, "not a Bundle")
    return value


class OrderContext(Context):
    """Context of `order-sign`. `draft_orders` is a Bundle as it came; any JSON may stand in its entries, and to read them is not this room's work."""

    draft_orders: Annotated[dict[str, Any], AfterValidator(_orders), Field(alias="draftOrders")]


class SelectionContext(OrderContext):
    """Context of `order-select`. Each of `selections` should name an order of the Bundle; whether one does is for its reader to see."""

    selections: Annotated[list[Text], Field(min_length=1)]

    def noted(self) -> Iterator[str]:
        """Also a selection that is no reference."""
        yield from super().noted()
        if not all(_REFERENCE.fullmatch(one) for one in self.selections):
            yield ODD_SELECTION


VERSIONS: Mapping[str, str] = MappingProxyType({"patient-view": "1.0", "encounter-start": "1.0", "order-select": "1.0", "order-sign": "1.0"})
"""The version of each as its page in the hook library states it."""

WITH_ORDERS = frozenset({"order-select", "order-sign"})
"""Those whose context brings draft orders."""
