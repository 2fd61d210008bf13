"""Rows A: bodies are JSON, nothing is empty, errors say what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from cds.audit.keys import keymaking
from cds.cli.telling import settings
from cds.foundation.errors import CdsError
from cds.foundation.settings import Settings
from cds.service import application
from cds.web.application import create_app
from tests.conformance.rows import scenes
from tests.conformance.rows.target import JSON, MAIN, Target, walk
from tests.fhir import oracle
from tests.tokens import Issuer

MAY_BE_EMPTY = {".cards", ".services"}


def test_a1_every_success_is_strict_json_and_says_so(target: Target) -> None:
    for answer in (target.get("/cds-services"), target.told(scenes.EMERGENCY), target.call(target.request(scenes.nothing_wrong()))):
        assert answer.status == 200
        assert answer.headers["content-type"].partition(";")[0] == JSON
        assert answer.json


def test_a1_production_does_not_start_without_https(tmp_path: Path) -> None:
    with pytest.raises(CdsError) as refused:
        application.start(production(tmp_path, public_url="http://cds.example.org"))
    assert "CDS_PUBLIC_URL" in " ".join(f"{one.expression} {one.text}" for one in refused.value.diagnostics())


def test_a1_in_production_a_call_that_came_by_http_is_refused(tmp_path: Path) -> None:
    started = application.start(production(tmp_path, proxies=1))
    try:
        client = create_app(started).test_client()
        assert client.get("/version", headers={"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http"}).status_code == 403
        answer = client.get("/version", headers={"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"})
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Strict-Transport-Security"]
    finally:
        application.stop(started)


def production(folder: Path, **changes: Any) -> Settings:
    """Settings of a service that is meant for patients."""
    keymaking.make(folder / "keys.toml")
    whole = {
        "audit_keys": folder / "keys.toml",
        "mode": "production",
        "public_url": "https://cds.example.org",
        "clients": Issuer("ehr").write(folder),
        "audit_url": f"sqlite:///{folder}/audit.sqlite3",
    }
    return settings(**(whole | changes))


def test_a2_nothing_in_an_answer_is_null_or_empty(target: Target) -> None:
    answers = [target.get("/cds-services"), *(target.told(name) for name in (scenes.EMERGENCY, scenes.PROPOSING, scenes.SELF_CARE, scenes.OFFERED))]
    for answer in answers:
        assert [place for place, value in walk(answer.json) if value in (None, "", [], {}) and place not in MAY_BE_EMPTY] == []


def test_a3_every_resource_in_a_card_is_fhir(target: Target) -> None:
    resources = [action["resource"] for one in target.told(scenes.PROPOSING).suggestions for action in one["actions"] if "resource" in action]
    assert resources
    for resource in resources:
        assert oracle.model(resource) is not None


def test_a4_comments_and_trailing_commas_are_refused(target: Target) -> None:
    text = json.dumps(target.request(scenes.scene(scenes.EMERGENCY)))
    for wrong in (text[:-1] + ",}", text[:-1] + "/* why */}", "// why\n" + text):
        answer = target.post(f"/cds-services/{MAIN}", wrong.encode())
        assert answer.status == 400, wrong[-20:]


def test_a4_no_answer_has_a_comment_or_a_trailing_comma(target: Target) -> None:
    assert target.get("/cds-services").json
    assert target.told(scenes.EMERGENCY).json


def test_a5_every_error_is_an_operation_outcome(target: Target) -> None:
    whole = target.request(scenes.scene(scenes.EMERGENCY))
    errors = [
        (400, target.post(f"/cds-services/{MAIN}", b"{")),
        (400, target.call({**whole, "hookInstance": 7})),
        (404, target.post("/cds-services/nobody-offers-this", whole)),
        (405, target.send("PUT", "/cds-services", headers=target.signed("/cds-services"))),
        (412, target.call({**whole, "prefetch": {}})),
        (415, target.send("POST", f"/cds-services/{MAIN}", body=b"x=1", headers=target.signed(f"/cds-services/{MAIN}"))),
    ]
    for status, answer in errors:
        assert answer.status == status
        outcome = answer.json
        assert outcome["resourceType"] == "OperationOutcome"
        assert outcome["issue"]
        for issue in outcome["issue"]:
            assert issue["severity"] in ("fatal", "error", "warning", "information")
            assert issue["code"]
        assert b"Traceback" not in answer.body
        assert b".py" not in answer.body
