"""Services that read requests wrongly, or answer them so: rows A1, A4, A5, C, D1 and D6 to D11, E, F2, I1, I3."""

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.client.broken.between import Came, Fault, Goes, Json, outcome, parsed, success

EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
NO_CARDS: Json = {"cards": []}
INVENTED = "00000000-0000-4000-8000-000000000000"


def _calls(change: Callable[[Json], Json]) -> Fault:
    """Calls are changed before they are answered."""
    return Fault(before=lambda came: came.carrying(change(came.document)) if came.is_call and isinstance(came.document, dict) else came)


def _prefetch(change: Callable[[Json], Json]) -> Fault:
    """What calls bring is changed."""

    def changed(call: Json) -> Json:
        return {**call, "prefetch": change(call["prefetch"])} if isinstance(call.get("prefetch"), dict) else call

    return _calls(changed)


def _refusing(status: int, wrong: Callable[[Json], bool]) -> Fault:
    """Calls of which `wrong` is true are refused."""
    return Fault(before=lambda came: outcome(status) if came.is_call and isinstance(came.document, dict) and wrong(came.document) else came)


def _told(fits: Callable[[Came, Goes], bool], change: Callable[[Came, Goes], Goes]) -> Fault:
    """Answers are changed."""
    return Fault(after=lambda came, goes: change(came, goes) if fits(came, goes) else goes)


def _lenient(came: Came) -> Came:
    """Comments and trailing commas do no harm."""
    if not came.is_call or came.document is not None:
        return came
    text = re.sub(r"^//.*$|/\*.*?\*/", "", came.body.decode(), flags=re.MULTILINE)
    mended = parsed(re.sub(r",\s*}$", "}", text).encode())
    return came if mended is None else came.carrying(mended)


def _brings_nothing(came: Came) -> bool:
    return came.is_call and isinstance(came.document, dict) and not came.document.get("prefetch")


def _alone(call: Json) -> Json:
    """A server is named in vain where anything was brought."""
    return {name: value for name, value in call.items() if not name.startswith("fhir")} if call.get("prefetch") else call


def _other_token(call: Json) -> Json:
    granted = call.get("fhirAuthorization")
    return {**call, "fhirAuthorization": {**granted, "access_token": "another"}} if isinstance(granted, dict) else call


def _any_type(call: Json) -> Json:
    granted = call.get("fhirAuthorization")
    return {**call, "fhirAuthorization": {**granted, "token_type": "Bearer"}} if isinstance(granted, dict) else call


def _following(call: Json) -> Json:
    """A further page is fetched from wherever it is said to be."""
    for value in call.get("prefetch", {}).values():
        for link in value.get("link", ()) if isinstance(value, dict) else ():
            if not link["url"].startswith(call.get("fhirServer", "")):
                with contextlib.suppress(HTTPError), urlopen(link["url"]):
                    pass
    return call


def _unfailed(value: Any) -> Any:
    """A query that failed, as one that found nothing."""
    held = [value, *[entry.get("resource") for entry in value.get("entry", ())]] if isinstance(value, dict) else []
    return EMPTY if any(isinstance(one, dict) and one.get("resourceType") == "OperationOutcome" for one in held) else value


def _let_any(came: Came, goes: Goes) -> Goes:
    allowed = goes.saying("Access-Control-Allow-Origin", came.environ["HTTP_ORIGIN"])
    return Goes(204, allowed.headers, b"") if came.method == "OPTIONS" else allowed


def _hanging_up(came: Came) -> Came:
    """The connection breaks, as that of a service does whose process died."""
    if came.is_call and isinstance(came.document, list):
        raise ConnectionError
    return came


FAULTS: Mapping[str, Fault] = {
    "A1": _told(lambda _, goes: goes.status == 200, lambda _, goes: goes.saying("Content-Type", "text/html")),
    "A4": Fault(before=_lenient),
    "A5": _told(lambda _, goes: goes.status > 401, lambda _, goes: Goes(goes.status, (("Content-Type", "text/plain"),), b"Something is wrong.")),
    "C1": _calls(lambda call: {"hookInstance": INVENTED, **call}),
    "C6": _refusing(422, lambda call: "extension" in call),
    "C7": _refusing(500, lambda call: "prefetch" not in call),
    "D1": _prefetch(lambda sent: {"thePatient" if name == "patient" else name: value for name, value in sent.items()}),
    "D6": _calls(_alone),
    "D7": _told(
        lambda came, goes: _brings_nothing(came) and goes.status == 412,
        lambda *_: success(NO_CARDS),
    ),
    "D8": _prefetch(lambda sent: {name: value for name, value in sent.items() if value is not None}),
    "D9": _prefetch(lambda sent: {name: _unfailed(value) for name, value in sent.items()}),
    "D10": _calls(_following),
    "D11": _told(
        lambda came, goes: _brings_nothing(came) and goes.status == 200,
        lambda _, goes: goes.carrying(NO_CARDS),
    ),
    "E1": _calls(_other_token),
    "E2": _calls(_any_type),
    "E4": _refusing(400, lambda call: ".rs" in str(call.get("fhirAuthorization"))),
    "F2": _told(lambda came, goes: came.is_call and goes.status in (400, 412, 422), lambda *_: success(NO_CARDS)),
    "F2 hangs up on what is no object": Fault(before=_hanging_up),
    "I1": _told(lambda came, _: "HTTP_ORIGIN" in came.environ, _let_any),
    "I3": _told(lambda came, goes: came.is_call and goes.status == 200, lambda _, goes: goes.saying("Cache-Control", "max-age=3600")),
}
