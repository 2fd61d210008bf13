"""A FHIR server's view of a list of resources: reads, and searches by patient, code, order and count, a page at a time."""

import json
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.foundation import server as servers
from tests.foundation.server import Answer, Server

Resource = Mapping[str, Any]
PAGE = 250
"""Resources of one page where a search names no count: the longest record here has five of them."""
SORTED_BY = {"-date": "effectiveDateTime", "-authored": "authored"}


def answering(resources: Iterable[Resource], fail: Callable[[str], int | None] = lambda _: None) -> Answer:
    """A server with these resources; `fail` gives a status to the targets that it fails on."""
    held = list(resources)

    def answer(handler: BaseHTTPRequestHandler, server: Server) -> None:
        status = fail(handler.path)
        found = found_at(held, handler.path) if status is None else {}
        servers.send(handler, json.dumps(found).encode(), status=status or (200 if found else 404))

    return answer


def found_at(resources: Iterable[Resource], target: str, *, whole: bool = False) -> dict[str, Any]:
    """One resource, a page of those that a search finds (all of them when `whole`), or nothing where there is no such resource."""
    parts = urlsplit(target)
    kind, _, identity = parts.path.removeprefix("/fhir/").partition("/")
    of_kind = [one for one in resources if one["resourceType"] == kind]
    if identity:
        return next((dict(one) for one in of_kind if one["id"] == identity), {})
    asked = dict(parse_qsl(parts.query))
    found = _sorted([one for one in of_kind if _matches(one, asked)], asked.get("_sort", ""))
    first, size = int(asked.get("from", 0)), int(asked.get("_count", len(found) if whole else PAGE))
    page = found[first : first + size]
    following = urlencode(asked | {"from": first + size})
    link = [{"relation": "next", "url": f"{parts.path}?{following}"}] if first + size < len(found) else []
    return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": [{"resource": one} for one in page]}


def _sorted(found: list[Resource], order: str) -> list[Resource]:
    return sorted(found, key=lambda one: str(one.get(SORTED_BY[order], "")), reverse=True) if order else found


def _matches(resource: Resource, asked: Mapping[str, str]) -> bool:
    codes = {f"{coding.get('system')}|{coding.get('code')}" for coding in resource.get("code", {}).get("coding", ())}
    subject = resource.get("subject") or resource.get("patient") or {}
    return (
        subject.get("reference") == f"Patient/{asked['patient']}"
        and ("code" not in asked or not codes.isdisjoint(asked["code"].split(",")))
        and ("questionnaire" not in asked or resource["questionnaire"].startswith(asked["questionnaire"]))
    )
