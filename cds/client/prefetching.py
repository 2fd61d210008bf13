"""Prefetch as a client does it: each template made a query, and the query answered by resources at hand or by a FHIR server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Any, Protocol

from cds.client import searching, templates
from cds.client.templates import Known, Unresolved
from cds.foundation import strict_json
from cds.foundation.errors import CdsError, NotJson, WrongShape
from cds.foundation.outbound.exchanges import Exchange

FHIR = "application/fhir+json"
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Source(Protocol):
    """Where queries are answered."""

    def find(self, query: str) -> dict[str, Any] | None:
        """The resource, or the searchset of a search; None where there is no such resource. Raises CdsError for what cannot be had."""


@dataclass(frozen=True)
class Prefetched:
    """What is sent, by key, a None for "asked, and there is none"; and why what could not be had is left out."""

    sent: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FhirServer:
    """A FHIR server that the person named. The token is shown nowhere."""

    exchange: Exchange
    token: str = field(default="", repr=False)

    def find(self, query: str) -> dict[str, Any] | None:
        """What the server has; its first page of a search. Raises NotFetched and Unresolved.

        A template of the service may have it asked for reads and searches, and for nothing else.
        """
        if not searching.is_query(query):
            raise Unresolved("it is neither a read by id nor a search of one type")
        headers = {"Accept": FHIR} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        answer = self.exchange.send("GET", f"/{query}", headers=headers)
        if answer.status in _GONE and "?" not in query:
            return None
        if answer.status != HTTPStatus.OK:
            raise Unresolved(f"the FHIR server answered with status {answer.status}")
        try:
            return strict_json.load_object(answer.body, limit=len(answer.body))
        except (NotJson, WrongShape) as error:
            raise Unresolved("the FHIR server did not answer with JSON that can be read") from error


def gather(wanted: Mapping[str, Any], context: Mapping[str, Any], source: Source, *, today: date) -> Prefetched:
    """Answers the templates in their order. What cannot be had is left out, never sent as None: that would say that there is none."""
    found = Prefetched()
    known = Known(context, found.sent, today, lambda reference: _followed(source, reference))
    for key, template in wanted.items():
        try:
            if not isinstance(template, str):
                raise Unresolved("its template is not text")
            found.sent[key] = source.find(templates.resolve(template, known))
        except CdsError as error:
            found.left_out[key] = error.text
    return found


def _followed(source: Source, reference: str) -> Any:
    """The resource of a relative reference; None for any other."""
    kind, _, found = reference.partition("/")
    return source.find(reference) if kind.isalpha() and found and "/" not in found else None
