"""All artifacts of a release, one after another or in one Bundle, under the base of the content or another."""

from collections.abc import Iterable, Mapping
from typing import Any

from cds.fhir.knowledge import library, plans, terminology
from cds.fhir.knowledge.publication import Publication, Resource

KINDS = ("PlanDefinition", "Library", "Questionnaire", "ValueSet", "CodeSystem")


def artifacts(published: Publication, base: str = "") -> tuple[Resource, ...]:
    """The Library first, then what it is composed of; with `base`, every address under the content's base goes under that one."""
    parts = (
        plans.whole(published),
        *plans.tables(published),
        terminology.questionnaire(published),
        *terminology.value_sets(published),
        *terminology.code_systems(published),
    )
    found = (library.library(published, parts), *parts)
    return tuple(_moved(one, f"{published.base}/", f"{base}/") for one in found) if base else found


def collection(resources: Iterable[Resource]) -> Resource:
    """A Bundle of type collection; the address of each entry is its canonical."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": one["url"], "resource": one} for one in resources]}


def searchset(resources: Iterable[Resource], *, total: int, address: str, links: Mapping[str, str]) -> Resource:
    """A Bundle of what is on one page of what was found; `address` is where the service is reached, `links` are by relation."""
    found = [{"fullUrl": f"{address}/{one['resourceType']}/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in resources]
    told = [{"relation": relation, "url": url} for relation, url in links.items()]
    return {"resourceType": "Bundle", "type": "searchset", "total": total, "link": told} | ({"entry": found} if found else {})


def _moved(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new + value.removeprefix(old) if value.startswith(old) else value
    if isinstance(value, Mapping):
        return {key: _moved(part, old, new) for key, part in value.items()}
    return [_moved(part, old, new) for part in value] if isinstance(value, list) else value
