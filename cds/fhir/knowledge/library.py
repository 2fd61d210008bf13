"""The Library of a release: what it is composed of, what it rests on, the expressions between its tables, its inputs, and its DMN."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from cds.dmn.formats.dmn import writing
from cds.dmn.model import Decision, LiteralExpression
from cds.facts import FactDefinition, RecordSource
from cds.fhir.knowledge import citations, metadata, plans
from cds.fhir.knowledge.publication import Publication, Resource

KIND = "Library"
TYPES = "http://terminology.hl7.org/CodeSystem/library-type"
DMN = "application/dmn+xml"
COMPILED = "compiled.json"
LIST = "list of "
BASES: Mapping[str, str] = MappingProxyType({"number": "decimal", "integer": "integer"})
MEDICINES = ("MedicationRequest", "MedicationStatement")


def library(published: Publication, parts: Iterable[Resource]) -> Resource:
    """The Library; `parts` are all other artifacts of the release."""
    release = published.release
    head = metadata.artifact(
        published,
        KIND,
        release.name,
        title=release.cards.title,
        description=release.cards.description,
        purpose="Holds one release together: its tables, expressions, form, value sets, code systems and references.",
    )
    needs = list(_requirements(published))
    return (
        head
        | metadata.notices(published)
        | {"extension": [*_digests(published), *_expressions(published)]}
        | {"type": {"coding": [{"system": TYPES, "code": "logic-library", "display": "Logic Library"}]}}
        | {"relatedArtifact": list(_related(published, parts))}
        | {"parameter": [_parameter(published, fact) for fact in release.facts.facts.values()]}
        | ({"dataRequirement": needs} if needs else {})
        | {"content": [_model(published)]}
    )


def _related(published: Publication, parts: Iterable[Resource]) -> Iterator[Resource]:
    for part in parts:
        yield {"type": "composed-of", "display": part.get("title", part["id"]), "resource": f"{part['url']}|{part['version']}"}
    for reference in published.release.references.values():
        yield citations.citation(published, reference)
    for before in plans.predecessor(published, published.release.name, KIND):
        yield before
        yield before | {"type": "derived-from"}


def _digests(published: Publication) -> Iterator[Resource]:
    """The digests of a sealed release; a draft has none."""
    if published.release.digest:
        yield published.extension("release-digest", valueString=published.release.digest)
    compiled = published.manifest.get("files", {}).get(COMPILED)
    if compiled:
        yield published.extension("compiled-digest", valueString=compiled)


def _expressions(published: Publication) -> Iterator[Resource]:
    for decision, literal in published.literals():
        yield published.extension("decision-expression", extension=list(_expression(published, decision, literal)))


def _expression(published: Publication, decision: Decision, literal: LiteralExpression) -> Iterator[Resource]:
    """A decision that is no table: its name, its FEEL with the reason, and where it comes from."""
    source = literal.source
    yield {"url": "name", "valueCode": decision.name}
    yield {"url": "expression", "valueExpression": published.feel(literal.text, description=source.because)}
    if literal.id:
        yield {"url": "id", "valueString": literal.id}
    for key in source.evidence:
        yield {"url": "evidence", "valueString": key}
    for claim in source.claims:
        yield {"url": "claim", "valueCode": claim}
    if source.origin:
        yield {"url": "origin", "valueCode": source.origin}
    if source.annotation:
        yield {"url": "annotation", "valueString": source.annotation}


def _parameter(published: Publication, fact: FactDefinition) -> Resource:
    """An input of the decisions, by the name that form, fact and tables share; none is required, since unknown is a value."""
    base = fact.base.removeprefix(LIST)
    asked = published.release.cards.words.get("question", {}).get(fact.link_id, fact.label)
    told = {"name": fact.name, "use": "in", "min": 0, "max": "*" if fact.base.startswith(LIST) else "1"}
    return told | ({"documentation": asked} if asked else {}) | {"type": BASES.get(base, "string")}


def _requirements(published: Publication) -> Iterator[Resource]:
    """What of the record is read, each kind of resource and value set once."""
    facts = published.release.facts.facts.values()
    if any(fact.patient_element for fact in facts):
        yield {"type": "Patient"}
    sources = [source for fact in facts for source in (*fact.sources, fact.reads) if source is not None]
    for kind, value_set in dict.fromkeys((kind, source.value_set) for source in sources for kind in _kinds(source)):
        path = "medication" if kind in MEDICINES else "code"
        yield {"type": kind, "codeFilter": [{"path": path, "valueSet": published.canonical("ValueSet", value_set)}]}


def _kinds(source: RecordSource) -> tuple[str, ...]:
    return MEDICINES if source.resource == "Medication" else (source.resource,)


def _model(published: Publication) -> Resource:
    """The whole model in DMN 1.3, which modellers open."""
    body = writing.write(published.release.model, writing.FOR_EDITORS)
    title = f"{published.release.name} {published.release.version}, DMN {writing.FOR_EDITORS}"
    return {"contentType": DMN, "data": base64.b64encode(body).decode(), "size": len(body), "title": title}
