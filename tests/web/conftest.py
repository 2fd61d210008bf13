"""A service of plain functions behind the web, so that statuses, headers and pages are tested without clinical content."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from cds.service.form import Head, View
from cds.web import application
from cds.web.uses import Uses
from tests import openapi

DIGEST = "sha256:" + "a" * 64
CARD = {
    "uuid": "0b4b0a6c-2d2a-4d3e-9a36-0d4c6c6a2f11",
    "summary": "See today",
    "indicator": "info",
    "source": {"label": "A product 1.0.0", "topic": {"system": "https://example.org/topics", "code": "A1", "display": "A topic"}},
    "extension": {"org.back-pain-cds.decision": {"decisionId": "d-1", "release": "a-release 1.0.0", "digest": DIGEST}},
}
SERVICE = {
    **{"id": "a-service", "hook": "patient-view", "title": "A title", "description": "What it does"},
    **{"version": "3.0.0", "hookVersion": "1.0"},
}
FINE = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational", "diagnostics": "All is well."}]}
EXPLAINED: dict[str, Any] = {
    "decisionId": "d-1",
    "release": {"name": "a-release", "version": "1.0.0", "digest": DIGEST},
    "engine": {"version": "0.1.0"},
    "decidedAt": "2026-11-22T10:11:12.345Z",
    "approved": False,
    "facts": {
        "wound": {"value": "yes", "source": "ehr", "of": "Condition/1", "date": "2026-11-01", "note": "by name"},
        "places": {"value": ["left", "right"], "source": "questionnaire", "of": "places"},
        "count": {"value": 3, "source": "derived", "of": "count"},
    },
    "unknown": ["fever"],
    "conflicts": [{"name": "wound", "questionnaire": "no", "ehr": "yes"}],
    "notChecked": ["medications"],
    "problems": ["fever: an answer of the wrong type was not used"],
    "stale": True,
    "triage": {"urgency": "urgent", "withinHours": 24, "screen": "incomplete", "because": ["X-1"]},
    "pathway": {"code": "a-path", "confidence": "likely", "rule": "X-3"},
    "duration": {"band": "unknown"},
    "decisions": [
        {"decision": "signs", "rules": ["X-1"], "outputs": [{"rank": 3}], "undetermined": [{"rule": "X-2", "unknown": ["fever"]}]},
        {"decision": "empty", "rules": [], "outputs": [], "undetermined": []},
    ],
    "recommendations": [{"code": "SEE", "display": "See", "rule": "X-1", "text": "See the wound.", "evidence": ["E1"]}],
    "cards": [CARD],
    "note": "Wound: yes.\nFever: not answered.",
    "explanation": [
        {
            "decision": "signs",
            "rules": [
                {
                    "id": "X-1",
                    "because": "A wound <needs> care.",
                    "origin": "guideline",
                    "evidence": ["E1"],
                    "claims": [],
                    "certainty": "low",
                    "references": [
                        {"id": "R1", "citation": "A trial, 2020", "locator": "10.1000/xyz", "verification": "V"},
                        {"id": "R2", "citation": "A book", "locator": "javascript:alert(1)", "verification": "M"},
                    ],
                }
            ],
        }
    ],
    "labels": {"wound": "open wound", "fever": "fever now"},
    "words": {"wound": "Yes"},
}


ATTRIBUTES = {
    "name": "wounds",
    "version": "2.0.0",
    "title": "Wounds after a fall",
    "digest": "sha256:0",
    "status": "active",
    "approved": False,
    **{key: f"Some words on {key}." for key in ("developer", "funding", "intendedUser", "intendedUse", "notFor")},
    "released": "2026-01-02",
    "inForce": {"from": "2026-01-02", "until": None},
    "reviewBy": "2027-01-02",
    "revisionOf": "1.0.0",
    "inputs": [{"attribute": "Race", "used": False}, {"attribute": "Sex", "used": True, "how": "It counts in one rule.", "facts": ["sex at birth"]}],
    "limits": ["It sees no wound."],
    "gaps": ["Nobody knows the depth."],
    "citations": [{"id": "WOUND2020", "citation": "A study <of> wounds.", "locator": "10.1000/wound", "verification": "M"}],
    "unverifiedReferences": ["WOUND2020"],
    "unverifiedCodes": {"cuts": [{"system": "http://snomed.info/sct", "code": "283396008", "display": "Cut", "mark": "unverified"}]},
    "openQuestions": ["Q-01", "Q-02"],
}


VIEW = View(Head("a-form", "A form", "en", "1.0.0"), 0, 1, 1, "A step", (), ())


@dataclass
class Lines:
    """A log that keeps its lines."""

    written: list[dict[str, Any]] = field(default_factory=list)

    def info(self, event: str, **fields: Any) -> None:
        """Keeps a line of ordinary work."""
        self.written.append({"event": event, **fields})

    def error(self, event: str, **fields: Any) -> None:
        """Keeps a line of a fault."""
        self.written.append({"event": event, **fields})


OF_THE_LEDGER: dict[str, Callable[..., Any]] = {
    "audit_search": lambda kind, parameters, strict: {"resourceType": "Bundle", "type": "searchset"},
    "audit_read": lambda kind, name: {"resourceType": kind, "id": name},
    "export": lambda decision_id, facts: b"PK",
    "erase": lambda body: {"erased": 0},
    "begin": lambda: None,
    "leave": lambda decisions: None,
}


def uses(**changes: Callable[..., Any]) -> Uses:
    """Use cases that all succeed, some of them changed."""
    working: dict[str, Callable[..., Any]] = {
        "discovery": lambda: {"services": [dict(SERVICE)]},
        "answer": lambda service_id, body, trace: {"cards": [copy.deepcopy(CARD)]},
        "feedback": lambda service_id, body: {"received": 0},
        "submit": lambda body, trace: {"cards": []},
        "guide": lambda body, trace: {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"fullUrl": "urn:uuid:d-1", "resource": {"resourceType": "GuidanceResponse"}}],
        },
        "validate": lambda body, query: copy.deepcopy(FINE),
        "populate": lambda body, name: {"resourceType": "Parameters", "parameter": []},
        "process_response": lambda body: copy.deepcopy(FINE),
        "explain": lambda decision_id: copy.deepcopy(EXPLAINED),
        "metadata": lambda: {"resourceType": "CapabilityStatement", "version": "0.1.0"},
        "artifact": lambda kind, name, version: {"resourceType": kind, "id": name, "meta": {"versionId": version or "2.0.0"}},
        "artifacts": lambda kind, parameters, strict: {"resourceType": "Bundle", "type": "searchset", "total": 0},
        "attributes": lambda name, version: {**copy.deepcopy(ATTRIBUTES), "name": name, "version": version},
        "attributes_in_force": lambda: {"releases": [copy.deepcopy(ATTRIBUTES)]},
        "forms": lambda: (Head("a-form", "A form", "en", "1.0.0"),),
        "form_start": lambda name: VIEW,
        "form_turn": lambda name, fields, count, trace: VIEW,
        "form_delayed": lambda name, fields, wait: VIEW,
        "form_answers": lambda name, fields: b"{}",
        "readiness": lambda: {"ready": True, "checks": {"ledger": "ok", "audit": {"unauditedAnswers": 0}, "releases": {}}},
        "versions": lambda: {"software": "0.1.0", "engine": "0.1.0", "releases": [{"name": "a-service", "version": "1.0.0", "digest": DIGEST}]},
    }
    return Uses(**working | OF_THE_LEDGER | changes)


Client = Callable[..., FlaskClient]


@pytest.fixture
def log() -> Lines:
    """The lines of one test."""
    return Lines()


@pytest.fixture
def client(log: Lines) -> Client:
    """Makes a test client over use cases that may be changed by name."""

    def make(*, body_limit: int = 1000, secure: bool = False, **changes: Callable[..., Any]) -> FlaskClient:
        return openapi.client(application.assemble(uses(**changes), body_limit=body_limit, secure=secure, log=log))

    return make


@pytest.fixture
def explained() -> dict[str, Any]:
    """The document of one explained decision."""
    return copy.deepcopy(EXPLAINED)
