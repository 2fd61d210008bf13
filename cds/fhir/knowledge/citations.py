"""Evidence and references as RelatedArtifacts; each reference with the mark that tells whether it was verified."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from cds.fhir.knowledge.publication import Publication, Resource
from cds.values.release import EvidenceEntry, Reference

DOI = "10."
RESOLVER = "https://doi.org/"
WEB = ("https://", "http://")


def documentation(published: Publication, keys: Iterable[str]) -> list[Resource]:
    """What rows with these keys rest on: for each key of evidence its grading, then each reference once."""
    keys = tuple(dict.fromkeys(keys))
    release = published.release
    entries = [release.evidence[key] for key in keys if key in release.evidence]
    return [_grading(published, entry) for entry in entries] + [citation(published, release.references[one]) for one in _references(published, keys)]


def citations(published: Publication, keys: Iterable[str]) -> list[Resource]:
    """The references behind these keys, each once."""
    return [citation(published, published.release.references[one]) for one in _references(published, keys)]


def citation(published: Publication, reference: Reference) -> Resource:
    """A reference. Its label holds the marks of its verification, V, M (from memory, to be checked) or both; an extension all that is said."""
    mark = published.extension("reference-verification", valueString=reference.verification)
    told = {"type": "citation", "label": f"{reference.id} [{', '.join(reference.marks)}]", "citation": reference.citation}
    where = address(reference.locator)
    return {"extension": [mark]} | told | ({"url": where} if where else {})


def address(locator: str) -> str:
    """Where a reference is found: its page, or its DOI through the resolver; empty where the locator is neither."""
    if locator.startswith(DOI):
        return RESOLVER + quote(locator, safe="/:;()")
    return quote(locator, safe="/:;()?&=#%+,~@") if locator.startswith(WEB) else ""


def _references(published: Publication, keys: Iterable[str]) -> Iterator[str]:
    release = published.release
    named = (one for key in keys for one in (release.evidence[key].references if key in release.evidence else (key,)))
    return iter(dict.fromkeys(named))


def _grading(published: Publication, entry: EvidenceEntry) -> Resource:
    told = {"evidence-certainty": entry.certainty, "strength-of-recommendation": entry.strength}
    marks = [published.extension(name, valueString=text) for name, text in told.items() if text]
    return ({"extension": marks} if marks else {}) | {"type": "justification", "label": entry.key, "display": entry.topic}
