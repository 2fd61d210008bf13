"""The routes of the ledger: what they ask for, what they answer, and who may not."""

from http import HTTPStatus
from typing import Any

import pytest

from cds.foundation.errors import Erased, Forbidden, LedgerUnavailable, NotFound
from tests.web.conftest import Client, Lines
from tests.web.doors import SIGNED, Porter, guarded

DECISION = "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11"
EXPORT = f"/audit/decisions/{DECISION}.zip"
ROUTES = [("get", "/fhir/AuditEvent"), ("get", "/fhir/AuditEvent/7"), ("get", "/fhir/Provenance"), ("get", "/fhir/Provenance/7"),
          ("get", EXPORT), ("post", "/audit/erasures")]  # fmt: skip


def asked(client: Any, method: str, path: str, **more: Any) -> Any:
    """A call with a body where the method has one."""
    return client.open(path, method=method.upper(), **({"json": {"decision": DECISION}} if method == "post" else {}), **more)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_is_answered_and_kept_by_no_cache(client: Client, method: str, path: str) -> None:
    response = asked(client(), method, path)
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_asks_for_a_token_and_a_client_without_the_role_is_told_so(log: Lines, method: str, path: str) -> None:
    def refuse(*_: Any) -> Any:
        raise Forbidden("This needs a role.")

    names = ("audit_search", "audit_read", "export", "erase")
    web = guarded(Porter(), log, theirs=dict.fromkeys(names, refuse))
    assert asked(web, method, path).status_code == 401
    told = asked(web, method, path, headers=SIGNED)
    assert (told.status_code, told.get_json(force=True)["issue"][0]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("error", "status"), [(NotFound("None."), 404), (Erased("Gone."), 410), (LedgerUnavailable("Full."), 503)])
def test_an_export_that_cannot_be_given_says_why(client: Client, error: Exception, status: int) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    assert client(export=refuse).get(EXPORT).status_code == status


def test_an_export_is_a_zip_with_facts_sealed_unless_they_are_asked_for(client: Client) -> None:
    seen: list[tuple[str, bool]] = []

    def keep(decision: str, facts: bool) -> bytes:
        seen.append((decision, facts))
        return b"PK"

    web = client(export=keep)
    assert web.get(EXPORT).mimetype == "application/zip"
    assert web.get(f"{EXPORT}?facts=open").data == b"PK"
    assert seen == [(DECISION, False), (DECISION, True)]


@pytest.mark.parametrize("query", ["facts=", "facts=sealed", "facts=open&facts=open", "fact=open", "facts=open&more=1"])
def test_a_parameter_that_is_not_known_opens_nothing(client: Client, query: str) -> None:
    def never(*_: Any) -> bytes:
        raise AssertionError

    assert client(export=never).get(f"{EXPORT}?{query}").status_code == 400


def test_an_explanation_that_was_erased_is_gone_for_people_and_programs(client: Client) -> None:
    def erased(_: str) -> Any:
        raise Erased("The facts of this decision were erased.")

    web = client(explain=erased)
    for accept in ("application/json", "text/html"):
        response = web.get(f"/decisions/{DECISION}", headers={"Accept": accept})
        assert (response.status_code, "were erased" in response.text) == (HTTPStatus.GONE, True)


def test_the_ledger_is_written_by_no_call(client: Client) -> None:
    response = client().post("/fhir/AuditEvent", json={})
    assert (response.status_code, "by no call" in response.text) == (405, True)


def test_each_view_gets_its_kind_and_what_was_asked(client: Client) -> None:
    seen: list[Any] = []

    def keep(kind: str, parameters: Any, strict: bool) -> dict[str, Any]:
        seen.append((kind, list(parameters), strict))
        return {"resourceType": "Bundle"}

    client(audit_search=keep).get("/fhir/Provenance?recorded=ge2030", headers={"Prefer": "handling=strict"})
    assert seen == [("Provenance", [("recorded", "ge2030")], True)]
