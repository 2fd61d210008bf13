"""A CDS service of CDS Hooks 2.0 that is not ours: no version, hooks of its own, a SMART link, system actions; and ones that mean harm."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.foundation.server import Answer, Server, send

JSON = "application/json"
SERVICES: list[dict[str, Any]] = [
    {"hook": "patient-view", "id": "greeter", "title": "Greets", "description": "Greets", "prefetch": {"who": "Patient/{{context.patientId}}"}},
    {"hook": "order-sign", "id": "orders", "description": "Echoes orders"},
    {"hook": "org.example.kiosk", "id": "kiosk", "description": "A hook of its own"},
    {"hook": "org.example.kiosk", "id": "second kiosk/ä", "description": "Another"},
]
CARD: dict[str, Any] = {
    "uuid": "card-1",
    "indicator": "info",
    "summary": "Hello",
    "source": {"label": "A service"},
    "selectionBehavior": "any",
    "suggestions": [{"label": "First", "uuid": "s-1"}, {"label": "Second", "uuid": "s-2"}, {"label": "Third"}],
    "overrideReasons": [{"code": "busy", "system": "https://r.example", "display": "Busy"}],
    "links": [{"label": "Open the app", "url": "https://app.example/launch", "type": "smart", "appContext": "x"}],
}
ANSWER = {"cards": [CARD, {"indicator": "warning", "summary": "No uuid", "source": {"label": "A service"}}], "systemActions": []}
ACTIONS = [{"type": "update", "description": "Adds a code", "resource": {"resourceType": "ServiceRequest", "id": "mri"}}]


def service(*, services: Any = SERVICES, answer: Any = ANSWER, feedback: int = 200) -> Answer:
    """Answers discovery, calls and feedback so."""

    def reply(handler: BaseHTTPRequestHandler, _: Server) -> None:
        if handler.command == "GET":
            said(handler, {"services": services})
        elif handler.path.endswith("/feedback"):
            send(handler, b"", status=feedback)
        else:
            said(handler, answer)

    return reply


def said(handler: BaseHTTPRequestHandler, value: Any, status: int = 200) -> None:
    """One JSON answer."""
    send(handler, json.dumps(value).encode(), status=status, media=JSON)


def echoing(handler: BaseHTTPRequestHandler, _: Server) -> None:
    """Puts the token of the call into every text of the answer, as it came and between marks of Markdown."""
    token = handler.headers.get("Authorization", "").partition(" ")[2]
    card = {"summary": f"{token} and _{token}_", "detail": f"**{token}**", "source": {"label": token}, "indicator": token, "uuid": token}
    listed = [{"id": "x", "hook": "patient-view", "title": token}, {"id": token, "hook": token}]
    said(handler, {"services": listed} if handler.command == "GET" else {"cards": [card], token: token})


def outcome(status: int, text: str) -> Answer:
    """Discovery is well, every call is refused with this text."""

    def reply(handler: BaseHTTPRequestHandler, _: Server) -> None:
        if handler.command == "GET":
            said(handler, {"services": SERVICES})
        else:
            said(handler, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": text}]}, status)

    return reply
