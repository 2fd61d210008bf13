"""Every answer of the service in a test is held to its OpenAPI document: by a test client, or by a layer around the application."""

import functools
import json
import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse, run_wsgi_app

import cds
from cds.web.openapi import document

JSON = ("application/json", "application/fhir+json")
METHOD_NOT_ALLOWED = 405
NOWHERE = (404, 405, 403, 414, 431)
"""What an address or a method that the document has not may be answered with."""


@functools.cache
def described() -> dict[str, Any]:
    """The document."""
    return document.document(cds.__version__)


@functools.cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Each path as a pattern, those without parameters first."""
    found = sorted(described()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in found]


@functools.cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"components": described()["components"], **json.loads(reference)})


def faults(method: str, path: str, status: int, mimetype: str | None, body: bytes) -> list[str]:
    """What is wrong with an answer, in places and rules; empty where the document allows it."""
    if method == "OPTIONS":
        return []
    found = _answers(method, path)
    if found is None:
        return _nowhere(status, mimetype, body)
    if status == METHOD_NOT_ALLOWED:
        return [f"{method} {path}: {status}, and the document has this method"]
    if str(status) not in found:
        return [f"{method} {path}: {status} is not documented"]
    content = found[str(status)].get("content")
    if method == "HEAD" or content is None:
        return [f"{method} {path}: {status} has a body"] if body else []
    if mimetype not in content:
        return [f"{method} {path}: {status} is of type {mimetype}"]
    return [f"{method} {path}: {status}, {one}" for one in _problems(content[mimetype]["schema"], body)] if mimetype in JSON else []


def _answers(method: str, path: str) -> dict[str, Any] | None:
    """The answers of an operation; None for an address, or a method there, that is none."""
    name = next((name for pattern, name in _paths() if pattern.fullmatch(path)), None)
    operations: dict[str, Any] = described()["paths"].get(name, {})
    operation = operations.get("get" if method == "HEAD" else method.lower(), {})
    answers: dict[str, Any] | None = operation.get("responses")
    return answers


def _nowhere(status: int, mimetype: str | None, body: bytes) -> list[str]:
    if status not in NOWHERE:
        return [f"{status} at an address that is none"]
    outcome = {"$ref": "#/components/schemas/OperationOutcome"}
    return _problems(outcome, body) if mimetype in JSON and body else []


def _problems(schema: dict[str, Any], body: bytes) -> list[str]:
    errors = _validator(json.dumps(schema)).iter_errors(json.loads(body))
    return [f"{'.'.join(map(str, error.absolute_path)) or '(top)'}: {error.validator}" for error in errors]


class CheckedClient(FlaskClient):
    """A client that fails the test where an answer is not as documented."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Calls the application and holds the answer to the document."""
        response = super().open(*args, **kwargs)
        request = response.request
        wrong = faults(request.method, request.path.removesuffix("/") or "/", response.status_code, response.mimetype or None, response.data)
        assert not wrong, wrong
        return response


def client(app: flask.Flask) -> CheckedClient:
    """A checked client of the application."""
    app.test_client_class = CheckedClient
    made = app.test_client()
    assert isinstance(made, CheckedClient)
    return made


def watched(inner: WSGIApplication, found: list[str]) -> WSGIApplication:
    """The application with each answer checked; what is wrong is added to `found`, and the answer goes out as it was."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body, status, headers = run_wsgi_app(inner, environ)
        whole = b"".join(body)
        kind = parse_options_header(headers.get("Content-Type"))[0] or None
        found.extend(faults(environ["REQUEST_METHOD"], environ["PATH_INFO"], int(status[:3]), kind, whole))
        start_response(status, headers.to_wsgi_list())
        return [whole]

    return app
