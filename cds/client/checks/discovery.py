"""Rows B, and I4: what discovery says (CDS Hooks 3.0, "Discovery"), and the templates that it gives (D2 to D5)."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from cds.client.checks.staging import HOOKS, templates
from cds.client.checks.visit import NO_SUCH, UNSPOKEN, NotChecked, Visit, found, listed, text, told
from cds.client.templates import TOKEN
from cds.client.wire import OK, SERVICES

SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
PUBLISHED = re.compile(r"1(\.\d+){0,2}")
USERS = ("userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId")
TODAY = re.compile(r"today\(\)(\s*[+-]\s*\d+\s+days?)?")
FIELD = re.compile(r"context(\.[A-Za-z_][A-Za-z0-9_]*(\(.*\))?)+")
VARIABLE = re.compile(r"%([A-Za-z0-9_-]+)")
OBJECTS = frozenset({"draftOrders", "selections", "medications", "appointments", "dispatchedOrders", "order"})
"""Fields of contexts in the hook library that are no single value."""
READ = re.compile(r"[A-Z][A-Za-z]+/[^/?]+")
SEARCH = re.compile(r"[A-Z][A-Za-z]+\?.+")
PARAMETER = re.compile(r"_?[A-Za-z][A-Za-z0-9-]*(:in)?")
FORBIDDEN = frozenset({"_include", "_revinclude", "_has", "_filter", "_contained", "_query", "_text", "_content", "_list"})
COMPARED = re.compile(r"(ne|sa|eb|ap)\d{4}")


def answers(visit: Visit) -> Iterator[str]:
    """B1."""
    if visit.signer is None and visit.discovery.status == UNSPOKEN:
        raise NotChecked("Discovery asks for a token. Give the issuer and the key of a registered client.")
    for reply in (visit.discovery, visit.ask("GET", SERVICES, kind="discovery")):
        if reply.status != OK:
            yield f"GET {SERVICES} answered {told(reply)}; it always is 200."


def is_a_list(visit: Visit) -> Iterator[str]:
    """B2."""
    if visit.discovery.status != OK:
        raise NotChecked("Discovery did not answer 200 (row B1).")
    services = found(visit.discovery, "services")
    if not isinstance(services, list) or len(listed(services)) != len(services):
        yield "Discovery has no list `services` of objects."


def named(visit: Visit) -> Iterator[str]:
    """B3."""
    for number, entry in _entries(visit):
        yield from (f"Service {number} has no text as `{key}`." for key in ("hook", "description", "id") if not text(entry.get(key)))


def titled(visit: Visit) -> Iterator[str]:
    """B4."""
    yield from (f"Service {number} has no title." for number, entry in _entries(visit) if not text(entry.get("title")))


def optional(visit: Visit) -> Iterator[str]:
    """B5: both may be left out."""
    for number, entry in _entries(visit):
        prefetch = entry.get("prefetch", {})
        if not isinstance(prefetch, Mapping) or not all(isinstance(template, str) for template in prefetch.values()):
            yield f"`prefetch` of service {number} is no object of texts."
        if not isinstance(entry.get("usageRequirements", ""), str):
            yield f"`usageRequirements` of service {number} is no text."


def versioned(visit: Visit) -> Iterator[str]:
    """B6: new in 3.0."""
    for number, entry in _entries(visit):
        version = entry.get("version")
        if "version" not in entry:
            yield f"`version` of service {number} is missing."
        elif not isinstance(version, str) or not SEMANTIC.fullmatch(version):
            yield f"`version` of service {number} is no semantic version of CDS Hooks, such as 3.0.0."


def hook_versioned(visit: Visit) -> Iterator[str]:
    """B7: every hook of the library is at a version 1."""
    sent = [(number, entry["hookVersion"]) for number, entry in _entries(visit) if "hookVersion" in entry and str(entry.get("hook")) in HOOKS]
    if not sent:
        raise NotChecked("No service of a hook of the library says a hookVersion.")
    for number, version in sent:
        if not isinstance(version, str) or not PUBLISHED.fullmatch(version):
            yield f"`hookVersion` of service {number} is none that was published of its hook."


def callable_by_id(visit: Visit) -> Iterator[str]:
    """B9."""
    for call, reply in visit.calls:
        if reply.status in NO_SUCH:
            yield f"POST to {call.path} got {told(reply)}; a listed service is called there."


def hooks_named(visit: Visit) -> Iterator[str]:
    """I4."""
    for service in visit.services:
        if service["hook"] not in HOOKS and "." not in service["hook"]:
            yield "A hook that is not in the library has no reverse-DNS name."


def tokens_known(visit: Visit) -> Iterator[str]:
    """D2."""
    for place, template in _templates(visit):
        bare = TOKEN.sub("", template)
        if "{" in bare or "}" in bare:
            yield f"{place} has braces that are no token; a token stands in double braces."
        if any(not _known(token.strip()) for token in TOKEN.findall(template)):
            yield f"{place} has a token that names neither a field of the context nor one of the ids of the user."


def tokens_plain(visit: Visit) -> Iterator[str]:
    """D3: what goes beyond it (3.0, trial use) a client of 2.0 cannot fill in."""
    for place, template in _templates(visit):
        fields = [token.strip().split(".")[1:] for token in TOKEN.findall(template) if FIELD.fullmatch(token.strip())]
        if any(len(path) > 1 or path[0] in OBJECTS for path in fields):
            yield f"{place} has a token that is no plain field at the root of the context."


def variables_ordered(visit: Visit) -> Iterator[str]:
    """D4."""
    for service in visit.services:
        before: set[str] = set()
        for key, template in templates(service):
            used = {name for token in TOKEN.findall(template) for name in VARIABLE.findall(token)}
            if not used <= before:
                yield f"Template {key} of {service['id']} uses the answer of one that does not stand before it."
            before.add(key)


def queries_known(visit: Visit) -> Iterator[str]:
    """D5."""
    for place, template in _templates(visit):
        yield from (f"{place} {fault}" for fault in _query_faults(TOKEN.sub("token", template)))


def _known(token: str) -> bool:
    return token in USERS or bool(TODAY.fullmatch(token) or FIELD.fullmatch(token) or token.startswith("%"))


def _query_faults(query: str) -> Iterator[str]:
    if READ.fullmatch(query):
        return
    if not SEARCH.fullmatch(query):
        yield "is neither a read by id nor a search of one type."
        return
    pairs = parse_qsl(query.partition("?")[2], keep_blank_values=True)
    if any(name in FORBIDDEN or not PARAMETER.fullmatch(name) for name, _ in pairs):
        yield "has a parameter that clients need not know."
    if any(COMPARED.match(value) for _, value in pairs):
        yield "compares a date by other than eq, lt, gt, ge and le."


def _entries(visit: Visit) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = [(number, entry) for number, entry in enumerate(visit.entries, start=1) if isinstance(entry, dict)]
    if not entries:
        raise NotChecked("Discovery lists no service.")
    yield from entries


def _templates(visit: Visit) -> Iterator[tuple[str, str]]:
    given = [(f"Template {key} of {service['id']}", template) for service in visit.services for key, template in templates(service)]
    if not given:
        raise NotChecked("No service asks for prefetch.")
    yield from given


CHECKS = MappingProxyType(
    {
        "B1": answers,
        "B2": is_a_list,
        "B3": named,
        "B4": titled,
        "B5": optional,
        "B6": versioned,
        "B7": hook_versioned,
        "B9": callable_by_id,
        "I4": hooks_named,
        "D2": tokens_known,
        "D3": tokens_plain,
        "D4": variables_ordered,
        "D5": queries_known,
    }
)
