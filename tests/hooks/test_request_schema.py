"""The reader of requests and the published schema agree, but for the tolerances that are listed here."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cds.foundation import schemas
from cds.foundation.errors import WrongShape
from cds.hooks import messages

Document = dict[str, Any]
REQUIRED = ("patient", "response")

IDS = st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True)
WORDS = st.text(min_size=1, max_size=20)
RESOURCES = st.fixed_dictionaries({"resourceType": st.sampled_from(["Bundle", "Patient", "ServiceRequest", "Whatever"])}, optional={"id": IDS})
USERS = st.builds("{}/{}".format, st.sampled_from(["Practitioner", "PractitionerRole", "Patient", "RelatedPerson"]), IDS)
ORDERS = st.fixed_dictionaries(
    {"resourceType": st.just("Bundle")},
    optional={"entry": st.lists(st.fixed_dictionaries({"resource": RESOURCES}), max_size=2), "total": st.integers()},
)
CONTEXTS: dict[str, dict[str, SearchStrategy[Any]]] = {
    "patient-view": {},
    "encounter-start": {"encounterId": IDS},
    "order-select": {"selections": st.lists(st.builds("ServiceRequest/{}".format, IDS), min_size=1, max_size=3), "draftOrders": ORDERS},
    "order-sign": {"draftOrders": ORDERS},
}
GRANTS = st.fixed_dictionaries(
    {"access_token": WORDS, "token_type": st.just("Bearer"), "expires_in": st.integers(0, 3600), "scope": WORDS, "subject": WORDS},
    optional={"patient": IDS, "needPatientBanner": st.booleans()},
)


@st.composite
def calls(draw: DrawFn) -> Document:
    """A call that the standard allows, of any of the hooks."""
    hook = draw(st.sampled_from(sorted(CONTEXTS)))
    needed = {"userId": USERS, "patientId": IDS, **CONTEXTS[hook]}
    needed |= {"encounterId": IDS} if draw(st.booleans()) else {}
    context = draw(st.fixed_dictionaries(needed, optional={"more": st.integers()}))
    call: Document = {"hook": hook, "hookInstance": str(draw(st.uuids())), "context": context}
    if draw(st.booleans()):
        call["fhirServer"] = "https://ehr.example.org/fhir"
        call |= {"fhirAuthorization": draw(GRANTS)} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        call["prefetch"] = draw(st.dictionaries(st.sampled_from([*REQUIRED, "conditions", "theirs"]), st.none() | RESOURCES))
    return call | draw(st.fixed_dictionaries({}, optional={"extension": st.dictionaries(WORDS, st.integers()), "more": st.none()}))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each member that the schema or the reader may look at; resources are neither's to judge."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        here = (*path, key)
        yield here
        if key not in ("extension", "more") and not (len(here) > 1 and here[0] == "prefetch"):
            yield from places(member, here)


PUT: list[Any] = [None, "", "x", "x y", 7, -1, 1.5, True, [], ["x"], {}, {"resourceType": "Patient"}, "Patient/1", "http://x", "a" * 65]
GONE = "(gone)"


@st.composite
def mutated(draw: DrawFn) -> tuple[Document, tuple[Any, ...]]:
    """A call with one member changed or taken away, and which."""
    call = copy.deepcopy(draw(calls()))
    path = draw(st.sampled_from(list(places(call))))
    put = draw(st.sampled_from([GONE, *PUT]))
    holder: Any = call
    for step in path[:-1]:
        holder = holder[step]
    if put == GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = put
    return call, path


def is_read(call: Document, *, required: tuple[str, ...] = ()) -> bool:
    """Whether the reader takes the call, at a service of the hook that it was made for."""
    hook = call["hook"] if isinstance(call.get("hook"), str) and call["hook"] in messages.REQUESTS else "patient-view"
    try:
        messages.parse(call, hook=hook, required=required)
    except WrongShape:
        return False
    return True


def allowed(call: Document) -> bool:
    """Whether the schema takes it."""
    return schemas.problems("cds-hooks-request", call) == []


def tolerated(call: Document, path: tuple[Any, ...]) -> bool:
    """Where the reader takes more than the standard allows, on purpose: no answer depends on it, or it is as good as the right form.

    An instance that is no UUID, a user of another kind, a selection that is no reference: noted. A patient by a reference. An encounter of any
    form. Empty text, and null, for a field that may be left out. Any value under a prefetch key, entries of any form, and an address or an
    authorization that is odd and not needed.
    """
    match path:
        case ("hookInstance",) | ("context", "userId") | ("context", "encounterId"):
            return True
        case ("context", "selections", _) | ("context", "draftOrders", "entry", *_):
            return True
        case ("context", "patientId"):
            return bool(call["context"].get("patientId") == "Patient/1")
        case ("fhirServer",):
            return bool(call["fhirServer"] in (None, ""))
        case ("prefetch",):
            return call["prefetch"] is None or isinstance(call["prefetch"], dict)
        case ("extension",):
            return call["extension"] is None
        case ("prefetch", _) | ("fhirAuthorization", *_):
            return True
        case _:
            return False


@given(calls())
def test_what_the_schema_takes_is_read(call: Document) -> None:
    assert allowed(call)
    assert is_read(call)


@given(mutated())
def test_after_one_change_both_refuse_or_both_accept_but_for_the_tolerances(changed: tuple[Document, tuple[Any, ...]]) -> None:
    call, path = changed
    if allowed(call):
        assert is_read(call)
    elif is_read(call):
        assert tolerated(call, path)
