"""What every route answers: statuses, types, headers and OperationOutcomes (rows A1, A5, B1 and I3), and what the log keeps."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds.audit.faults import RecordRefused
from cds.foundation import canonical, errors
from cds.web import logs

Client = Callable[..., FlaskClient]
CANARY = "canary-7731"
SERVICE = "/cds-services/a-service"
EVALUATE = "/fhir/QuestionnaireResponse/$evaluate"


def raising(error: Exception) -> Callable[..., Any]:
    """A use case that fails."""

    def use(*_: Any) -> Any:
        raise error

    return use


def issues(response: TestResponse) -> list[dict[str, Any]]:
    """The issues of an OperationOutcome, which says nothing of what was sent."""
    assert CANARY not in response.text
    document = json.loads(response.data)
    assert document["resourceType"] == "OperationOutcome"
    return list(document["issue"])


def test_discovery_lists_the_services(client: Client) -> None:
    response = client().get("/cds-services")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert [service["id"] for service in response.get_json()["services"]] == ["a-service"]


def test_discovery_answers_head_and_options(client: Client) -> None:
    assert client().head("/cds-services").status_code == 200
    assert "GET" in client().options("/cds-services").headers["Allow"]


def test_a_post_to_discovery_is_not_allowed_and_says_what_is(client: Client) -> None:
    response = client().post("/cds-services", json={})
    assert (response.status_code, issues(response)[0]["code"]) == (405, "not-supported")
    assert "GET" in response.headers["Allow"]


def test_a_hook_call_is_answered_with_cards_that_no_cache_keeps(client: Client) -> None:
    response = client().post(SERVICE, json={})
    assert (response.status_code, response.mimetype, response.headers["Cache-Control"]) == (200, "application/json", "no-store")
    assert response.get_json()["cards"][0]["summary"] == "See today"


def test_a_service_gets_its_id_and_the_bytes_as_they_came(client: Client) -> None:
    seen: list[tuple[str, bytes, str]] = []

    def keep(service_id: str, body: bytes, trace: str) -> dict[str, Any]:
        seen.append((service_id, body, trace))
        return {"cards": []}

    client(answer=keep).post(SERVICE, data=b'{"a": 1.50}', content_type="application/json", headers={"traceparent": "a-trace"})
    assert seen == [("a-service", b'{"a": 1.50}', "a-trace")]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotJson("Not JSON."), 400),
        (errors.WrongShape("Not a request."), 400),
        (errors.NotFound("No such service."), 404),
        (errors.DataMissing("Send the response."), 412),
        (errors.TooLarge("Too large."), 413),
        (errors.NotProcessable("Somebody else."), 422),
        (errors.LedgerUnavailable("Not recorded."), 503),
        (errors.Overloaded("Not now."), 503),
    ],
)
def test_each_meaning_has_its_status_and_an_outcome(client: Client, error: errors.CdsError, status: int) -> None:
    for path, use in ((SERVICE, "answer"), (EVALUATE, "submit"))[: 1 if status in (404, 412) else 2]:
        response = client(**{use: raising(error)}).post(path, json={})
        assert (response.status_code, response.headers.get("Retry-After")) == (status, "5" if status == 503 else None)
        assert issues(response) == [{"severity": "error", "code": error.code, "diagnostics": error.text}]


def test_every_problem_is_told_with_its_place(client: Client) -> None:
    more = (errors.Diagnostic("error", "required", "hook is missing. Send it.", "hook"), errors.Diagnostic("warning", "value", "Odd.", "context"))
    response = client(answer=raising(errors.WrongShape("No.", more=more))).post(SERVICE, json={})
    assert [issue["expression"] for issue in issues(response)] == [["hook"], ["context"]]


def test_a_meaning_of_a_room_has_the_status_of_its_parent(client: Client) -> None:
    class Nobody(errors.NotFound):
        pass

    assert client(answer=raising(Nobody("None."))).post(SERVICE, json={}).status_code == 404


@pytest.mark.parametrize("error", [ValueError(CANARY), RecursionError(CANARY), errors.ContentError(CANARY), errors.CdsError(CANARY)])
def test_a_fault_of_ours_is_a_500_that_tells_nothing_and_a_log_line_without_the_message(client: Client, log: Any, error: Exception) -> None:
    response = client(answer=raising(error)).post(SERVICE, json={})
    assert (response.status_code, issues(response)[0]["severity"]) == (500, "fatal")
    fault = log.written[0]
    assert (fault["event"], fault["kind"]) == ("fault", type(error).__name__)
    assert CANARY not in str(log.written)


def test_a_record_that_can_never_be_stored_is_a_fault_of_ours_and_nobody_is_told_to_try_again_soon(client: Client) -> None:
    response = client(answer=raising(RecordRefused(CANARY))).post(SERVICE, json={})
    assert (response.status_code, issues(response)[0]["severity"], "Retry-After" in response.headers) == (500, "fatal", False)


def test_an_unknown_address_is_not_found_and_not_repeated(client: Client) -> None:
    response = client().get(f"/{CANARY}?{CANARY}=1")
    assert (response.status_code, issues(response)[0]["code"]) == (404, "not-found")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json; charset=utf-16", None])
def test_a_body_that_is_not_sent_as_json_is_refused(client: Client, kind: str | None) -> None:
    response = client().post(SERVICE, data=f"patient={CANARY}", content_type=kind)
    assert (response.status_code, issues(response)[0]["code"]) == (415, "not-supported")


@pytest.mark.parametrize("kind", ["application/json", "application/fhir+json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_json_is_taken_under_each_of_its_names(client: Client, kind: str) -> None:
    assert client().post(SERVICE, data="{}", content_type=kind).status_code == 200


def test_a_body_over_the_limit_is_refused_by_its_announced_length(client: Client) -> None:
    response = client(body_limit=10).post(SERVICE, data=b"[" + b" " * 9 + b"]", content_type="application/json")
    assert (response.status_code, issues(response)[0]["code"]) == (413, "too-long")


def test_a_body_over_the_limit_is_refused_when_no_length_was_announced(client: Client) -> None:
    stream = io.BytesIO(b" " * 1_000_000)
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client(body_limit=10).post(SERVICE, input_stream=stream, content_type="application/json", environ_overrides=environ)
    assert response.status_code == 413
    assert stream.tell() < 100


@pytest.mark.parametrize("environ", [{}, {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}])
@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_a_body_of_exactly_the_limit_is_taken_and_of_one_more_is_not(client: Client, environ: dict[str, Any], size: int, status: int) -> None:
    response = client(body_limit=10).post(SERVICE, data=b" " * size, content_type="application/json", environ_overrides=environ)
    assert response.status_code == status


@pytest.mark.parametrize("accept", ["application/fhir+json", "application/json;q=0", "text/html;q=0, application/json;q=0", "image/*"])
def test_an_explanation_that_could_not_be_read_is_refused_and_not_looked_up(client: Client, accept: str) -> None:
    response = client(explain=raising(AssertionError())).get("/decisions/d-1", headers={"Accept": accept})
    assert (response.status_code, response.mimetype, issues(response)[0]["code"]) == (406, "application/json", "not-supported")


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("application/json, text/html;q=0.9", "application/json"),
        ("application/json;q=0.5, text/html;q=0.9", "text/html"),
        ("text/html;q=0, */*", "application/json"),
        ("application/json;q=0, */*", "text/html"),
        ("application/*", "application/json"),
        ("application/fhir+json, */*;q=0.1", "text/html"),
    ],
)
def test_an_explanation_has_the_form_that_is_preferred(client: Client, accept: str, mimetype: str) -> None:
    response = client().get("/decisions/d-1", headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, mimetype)


def test_errors_are_fhir_under_fhir_and_json_elsewhere(client: Client) -> None:
    assert client().get("/fhir/nothing").mimetype == "application/fhir+json"
    assert client().get("/nothing").mimetype == "application/json"


def test_the_service_is_ready_or_says_so_with_503(client: Client) -> None:
    assert client().get("/readyz").status_code == 200
    unready = client(readiness=lambda: {"ready": False, "checks": {"ledger": "no", "audit": {"unauditedAnswers": 0}, "releases": {}}}).get("/readyz")
    assert (unready.status_code, unready.headers["Retry-After"], unready.get_json()["checks"]["ledger"]) == (503, "5", "no")


def test_the_service_lives_even_when_it_is_not_ready(client: Client) -> None:
    assert client(readiness=raising(ValueError())).get("/livez").get_json() == {"alive": True}


def test_the_version_is_what_the_service_runs(client: Client) -> None:
    assert client().get("/version").get_json()["software"] == "0.1.0"


@pytest.mark.parametrize("path", ["/", "/cds-services", "/livez", "/nothing", "/decisions/d-1", "/fhir/Questionnaire/a-form"])
def test_every_response_has_the_security_headers(client: Client, path: str) -> None:
    headers = client().get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert "Strict-Transport-Security" not in headers


def test_callers_by_https_are_told_to_stay_with_it(client: Client) -> None:
    assert client(secure=True).get("/livez").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_only_what_is_the_same_for_all_may_be_kept(client: Client) -> None:
    kept = {
        path: client().get(path).headers["Cache-Control"]
        for path in ("/cds-services", "/fhir/Questionnaire/f", "/decisions/d-1", "/readyz", "/nothing")
    }
    assert list(kept.values()) == ["no-cache", "no-cache", "no-store", "no-store", "no-store"]


def test_a_request_is_one_line_with_route_service_and_decision(client: Client, log: Any) -> None:
    client().post(SERVICE + f"?{CANARY}", data=f'{{"{CANARY}": 1}}', content_type="application/json")
    (line,) = log.written
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "request",
        "method": "POST",
        "route": "/cds-services/<service_id>",
        "status": 200,
        "service": "a-service",
        "decision_digest": canonical.mark("d-1"),
    }


@pytest.mark.parametrize("method", ["GET", CANARY.upper()])
def test_what_a_caller_made_up_is_not_logged(client: Client, log: Any, method: str) -> None:
    client(answer=raising(errors.NotFound("None."))).post(f"/cds-services/{CANARY}", json={})
    client().open(f"/{CANARY}", method=method)
    assert CANARY not in str(log.written).lower()
    assert [line["route"] for line in log.written] == ["/cds-services/<service_id>", "none"]


def test_the_log_writes_json_and_drops_fields_that_are_not_allowed() -> None:
    stream = io.StringIO()
    logs.lines("info", stream).info("request", status=200, path=CANARY, patient=CANARY)
    (line,) = stream.getvalue().splitlines()
    assert set(json.loads(line)) == {"event", "level", "timestamp", "status"}


def test_the_log_keeps_lines_from_its_level_on() -> None:
    stream = io.StringIO()
    quiet = logs.lines("error", stream)
    quiet.info("request")
    quiet.error("fault")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["fault"]
