"""The whole way in with real tokens: who is let in, what is kept of it, and that no token, name or answer is kept or told."""

import itertools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.foundation.settings import Settings
from cds.service import application
from cds.service.application import Application
from cds.values.record import ActionRecord, AuditRecord, RefusalRecord
from cds.web import application as web
from cds.web import logs, uses
from tests.tokens import Issuer
from tests.web.conftest import CARD

CANARY = "canary-7731"
ADDRESS = "https://cds.example.org/base"
SERVICE = "/cds-services/low-back-pain"
EXAMPLE = Path(__file__).parents[2] / "examples" / "requests" / "09-numb-between-the-legs.json"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
EHR, OTHER = Issuer("A hospital"), Issuer("Another")


@dataclass(frozen=True)
class House:
    """A running service with two clients, its folder, and its log."""

    app: Application
    client: FlaskClient
    folder: Path
    log: StringIO

    def call(self, path: str, *, issuer: Issuer = EHR, tenant: str | None = "main", header: str | None = None, **sent: Any) -> TestResponse:
        """A call with a fresh token of that issuer, or with that header."""
        named: dict[str, Any] = {"tenant": tenant} if tenant else {}
        fresh = issuer.bearer(ADDRESS + path, now=AT.timestamp(), **named)
        return self.client.open(path, headers={"Authorization": header if header is not None else fresh}, **sent)

    def ask(self, **sent: Any) -> TestResponse:
        """A call of the hook."""
        return self.call(SERVICE, method="POST", **({"data": EXAMPLE.read_bytes(), "content_type": "application/json"} | sent))

    def entries(self, kind: type) -> list[Any]:
        """What the ledger holds of that kind, oldest first."""
        assert self.app.ledger
        return [row.entry for row in self.app.ledger.records() if isinstance(row.entry, kind)]

    def kept(self) -> bytes:
        """Every byte that the service wrote."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file()) + self.log.getvalue().encode()


@pytest.fixture
def house(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[House]:
    """The service on the content that ships; one client with tenants, one pinned to an older release, both with their own profile."""
    caplog.set_level(logging.DEBUG)
    registered = EHR.write(tmp_path / "clients", tenants=["main"], profile="epic", lenient_feedback=True)
    other = OTHER.write(tmp_path / "other", release="1.0.0", origins=["https://ehr.example.org"])
    file = tmp_path / "clients" / "both.toml"
    file.write_text(registered.read_text() + other.read_text().replace('"Another.json"', '"../other/Another.json"'))
    held = tmp_path / "ledger"
    settings = Settings(audit_url=f"sqlite:///{held / 'audit.sqlite3'}", clients=file, public_url=ADDRESS)
    app = application.start(settings, clock=lambda: AT)
    log, stores = StringIO(), uses.stores(app)
    entrance = web.entrance(app, stores)
    served = web.assemble(uses.bind(app, stores), body_limit=1_000_000, secure=True, log=logs.lines("debug", log), address=ADDRESS, entrance=entrance)
    yield House(app, served.test_client(), held, log)
    entrance.door.close()
    application.stop(app)
    assert CANARY not in caplog.text


def test_a_signed_call_is_answered_and_recorded_under_its_client_and_tenant(house: House) -> None:
    assert house.ask().status_code == 200
    (record,) = house.entries(AuditRecord)
    assert (record.client, record.tenant) == ("A hospital", "main")


def test_each_client_is_answered_by_its_own_release(house: House) -> None:
    answers = [house.ask(), house.ask(issuer=OTHER, tenant=None)]
    assert [one.status_code for one in answers] == [200, 200]
    assert [one.assessment["release"]["version"] for one in house.entries(AuditRecord)] == [house.app.releases["low-back-pain"].version, "1.0.0"]


def test_what_the_form_decides_is_recorded_under_nobody(house: House) -> None:
    version = house.app.releases["low-back-pain"].questionnaire["version"]
    page = house.client.post("/form/low-back-pain", data={"go": "finish", "form": version})
    assert page.status_code == 200
    assert [(record.channel, record.client, record.tenant) for record in house.entries(AuditRecord)] == [("form", "", "")]


def test_a_token_counts_once_and_for_one_address(house: House) -> None:
    header = EHR.bearer(ADDRESS + SERVICE, now=AT.timestamp(), tenant="main")
    found = [house.ask(header=header), house.ask(header=header), house.call("/cds-services", header=header)]
    assert [one.status_code for one in found] == [200, 401, 401]
    assert len({(one.data, str(one.headers)) for one in found[1:]}) == 1
    assert len({refusal.cause for refusal in house.entries(RefusalRecord)}) == 2


@pytest.mark.parametrize("audience", ["", "/feedback"])
def test_feedback_of_a_lenient_client_may_name_the_service(house: House, audience: str) -> None:
    header = EHR.bearer(ADDRESS + SERVICE + audience, now=AT.timestamp(), tenant="main")
    sent: dict[str, Any] = {"method": "POST", "data": b'{"feedback": []}', "content_type": "application/json"}
    assert house.call(f"{SERVICE}/feedback", header=header, **sent).status_code == 200


def test_feedback_of_another_client_may_not(house: House) -> None:
    header = OTHER.bearer(ADDRESS + SERVICE, now=AT.timestamp())
    assert house.call(f"{SERVICE}/feedback", header=header, method="POST", data=b'{"feedback": []}').status_code == 401


def test_a_host_that_a_caller_chose_makes_no_other_audience_good(house: House) -> None:
    header = EHR.bearer(f"http://evil.example{SERVICE}", now=AT.timestamp(), tenant="main")
    response = house.client.post(SERVICE, base_url="http://evil.example", headers={"Authorization": header}, data=b"{}")
    assert response.status_code == 401


def test_a_tenant_that_is_not_registered_is_turned_away(house: House) -> None:
    assert [house.ask(tenant=tenant).status_code for tenant in ("other", None, "main")] == [401, 401, 200]


def test_a_page_of_a_registered_origin_may_call_and_of_another_may_not(house: House) -> None:
    told = [
        house.client.options(SERVICE, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        for origin in ("https://ehr.example.org", "http://localhost")
    ]
    assert [one.headers.get("Access-Control-Allow-Origin") for one in told] == ["https://ehr.example.org", None]


def spoken() -> dict[str, Any]:
    """A call of the hook in which a name, a text and a token hold the canary."""
    request: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    request["fhirServer"] = "https://ehr.example.org/fhir"
    request["fhirAuthorization"] = {
        **{"access_token": CANARY, "token_type": "Bearer", "expires_in": 300},
        **{"scope": f"patient/*.rs {CANARY}", "subject": CANARY},
    }
    request["context"]["userId"] = f"Practitioner/{CANARY}"
    request["prefetch"]["patient"] |= {"name": [{"family": CANARY}], "address": [{"text": CANARY}]}
    for entry in request["prefetch"]["response"]["entry"]:
        entry["resource"]["text"] = {"status": "generated", "div": f"<div>{CANARY}</div>"}
        entry["resource"]["item"].append({"linkId": "other", "text": CANARY, "answer": [{"valueString": CANARY}]})
    return request


def test_no_token_no_name_and_no_answer_is_kept_or_told(house: House) -> None:
    claims: dict[str, Any] = {"sub": CANARY, "jti": f"{CANARY}-1", "tenant": "main", CANARY: CANARY}
    good = EHR.bearer(ADDRESS + SERVICE, now=AT.timestamp(), **claims)
    wrong = [f"Bearer {CANARY}", f"Basic {CANARY}", EHR.bearer(ADDRESS, now=AT.timestamp(), tenant=CANARY), EHR.bearer(CANARY, now=AT.timestamp())]
    told = [
        house.ask(header=good, data=json.dumps(spoken()).encode()),
        *(house.ask(header=header, data=json.dumps(spoken()).encode()) for header in (*wrong, good)),
        *(house.ask(data=body) for body in (CANARY.encode(), json.dumps({"hook": CANARY}).encode(), json.dumps({CANARY: 1}).encode())),
        house.call(f"/cds-services/{CANARY}", method="POST", data=b"{}", content_type="application/json"),
        house.call(f"{SERVICE}/feedback", method="POST", data=json.dumps({"feedback": [{"card": CANARY}]}).encode(), content_type="application/json"),
    ]
    assert [one.status_code for one in told] == [200, *[401] * 5, *[400] * 3, 404, 400]
    assert CANARY not in "".join(one.text + str(one.headers) for one in told)
    written = house.kept()
    tokens = list(itertools.chain.from_iterable(header.split(".")[1:] for header in (good, *wrong[2:])))
    assert not [one for one in (CANARY, *tokens) if one.encode() in written]
    assert len(house.entries(AuditRecord)) == 1
    assert len(house.entries(RefusalRecord)) >= 4


def test_the_search_for_a_canary_finds_one(house: House) -> None:
    assert house.app.ledger
    house.app.ledger.append(RefusalRecord("refusal-1", "2026-11-23T09:00:00Z", "/", CANARY))
    assert CANARY.encode() in house.kept()


def test_an_answer_without_its_record_does_not_leave_and_is_counted(house: House) -> None:
    """A way in that goes round the ledger: cards that no record was acknowledged for."""
    assert house.ask().status_code == 200
    assert house.call("/cds-services").status_code == 200
    assert house.client.get("/readyz").get_json()["checks"]["audit"]["unauditedAnswers"] == 0
    around = replace(uses.bind(house.app), answer=lambda *_: {"cards": []}, submit=lambda *_: {"cards": [CARD]})
    served = web.assemble(around, body_limit=1_000_000, secure=True, log=logs.lines("debug", house.log)).test_client()
    for number, path in enumerate((SERVICE, "/fhir/QuestionnaireResponse/$evaluate"), 1):
        stopped = served.post(path, json={})
        assert (stopped.status_code, "Retry-After" in stopped.headers, house.app.leaving.unaudited) == (503, True, number)
        assert (stopped.get_json()["resourceType"], "cards" in stopped.text, str(CARD["uuid"]) in stopped.text) == ("OperationOutcome", False, False)
        assert stopped.headers["Content-Security-Policy"]
        assert json.loads(house.log.getvalue().splitlines()[-1])["status"] == 503


def test_an_answer_that_was_refused_for_want_of_a_record_is_not_counted(house: House) -> None:
    assert house.app.ledger
    house.ask()
    house.app.ledger.close()
    assert house.ask().status_code == 503
    assert house.app.leaving.unaudited == 0


def test_a_client_that_was_let_in_is_recorded_once_a_day(house: House) -> None:
    assert [house.ask().status_code for _ in range(2)] == [200, 200]
    assert [(one.action, one.actor, one.tenant) for one in house.entries(ActionRecord)] == [("sign-in", "client:A hospital", "main")]


def test_a_store_that_cannot_be_written_lets_nobody_in(house: House) -> None:
    calls = next(path for path in house.folder.iterdir() if path.name.endswith("-calls"))
    calls.unlink()
    response = house.ask()
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    assert house.entries(AuditRecord) == []
