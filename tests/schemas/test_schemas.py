"""The schemas of authored and stored documents: sound in themselves, met by the content, and deaf to no planted fault.

Each file of `samples/` is a small valid document of the schema of its name. A fault is planted in it, one at a time, and must be
refused at its place and nowhere else.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cds.foundation import schemas, yaml

CONTENT = Path(__file__).parents[2] / "cds" / "content"
SAMPLES = Path(__file__).parent / "samples"
SUFFIX = ".schema.json"
BASE = "https://back-pain-cds.example/schemas/"
NAMES = sorted(path.name.removesuffix(SUFFIX) for path in schemas.folder().glob(f"*{SUFFIX}"))
OURS = (
    "facts",
    "evidence",
    "cards",
    "texts",
    "case",
    "bases",
    "manifest",
    "index",
    "properties",
    "exceptions",
    "questions",
    "attributes",
    "assessment",
    "value-set-sources",
    "profile",
)
REMOVED = object()
TOP = "(top)"
DIGEST = "sha256:" + "0" * 64

Fault = tuple[str, str, Any, str]
"""The schema, where the fault is planted, what is put there, and the place that the diagnostic must name."""

FACTS: list[Fault] = [
    ("facts", "trigger", REMOVED, TOP),
    ("facts", "response.stale-hours", "three days", "response.stale-hours"),
    ("facts", "prefetch.medication", "MedicationRequest?patient=1", "prefetch"),
    ("facts", "prefetch.patient", "the patient", "prefetch.patient"),
    ("facts", "facts.0.colour", "red", "facts.0"),
    ("facts", "facts.0.type", "decimal", "facts.0.type"),
    ("facts", "facts.0.label", "", "facts.0.label"),
    ("facts", "facts.0.allowed.min", 0, "facts.0.allowed.min"),
    ("facts", "facts.0.wins", REMOVED, "facts.0"),
    ("facts", "facts.1.allowed", {"min": "0"}, "facts.1.allowed"),
    ("facts", "facts.1.allowed.1", "unknown", "facts.1.allowed.1"),
    ("facts", "facts.1.linkId", REMOVED, "facts.1"),
    ("facts", "facts.1.record.sets", REMOVED, "facts.1.record"),
    ("facts", "facts.1.record.from.0.within-days", "30", "facts.1.record.from.0"),
    ("facts", "facts.1.record.from.1.unit", REMOVED, "facts.1.record.from.1"),
    ("facts", "facts.1.record.from.2.within-days", REMOVED, "facts.1.record.from.2"),
    ("facts", "facts.1.not-applicable.any.1.is", REMOVED, "facts.1.not-applicable.any.1"),
    ("facts", "facts.2.worst", ["left", "right"], "facts.2.type"),
    ("facts", "facts.3.convert.[mi_i]", "0.0", "facts.3.convert.[mi_i]"),
    ("facts", "facts.5.record.reads", {"value-set": "temperature", "resource": "Condition"}, "facts.5.record.reads.resource"),
    ("facts", "first-page", ["patience"], "first-page.0"),
    ("facts", "facts.6.record.reads.sooner", {"within-days": "92"}, "facts.6.record.reads.sooner"),
    ("facts", "facts.6.record.reads.unit", REMOVED, "facts.6.record.reads"),
    ("facts", "facts.6.record.sets", "high", "facts.6.record"),
    ("facts", "facts.7.record.otherwise", REMOVED, "facts.7.record"),
    ("facts", "facts.7.record.reads.parts.0.at-least", "high", "facts.7.record.reads.parts.0.at-least"),
    ("facts", "facts.8.record.given", ["lists"], "facts.8.record.given.0"),
    ("facts", "facts.8.record.otherwise", {"value": "no", "with": "list"}, "facts.8.record"),
    ("facts", "facts.9.record.otherwise.with", REMOVED, "facts.9.record.otherwise"),
    ("facts", "facts.9.record.from.0.unit", "g", "facts.9.record.from.0.unit"),
    ("facts", "facts.9.record.from.2.status", "active", "facts.9.record.from.2"),
    ("facts", "shown.0.units", REMOVED, "shown.0"),
    ("facts", "shown.1.within-days", "30", "shown.1"),
]
EVIDENCE: list[Fault] = [
    ("evidence", "claims", REMOVED, TOP),
    ("evidence", "evidence.0.key", "REST", "evidence.0.key"),
    ("evidence", "evidence.0.certainty", "", "evidence.0.certainty"),
    ("evidence", "evidence.0.refs", "REF2020", "evidence.0.refs"),
    ("evidence", "references.0.locator", "a shelf", "references.0.locator"),
    ("evidence", "references.0.verification", "probably", "references.0.verification"),
    ("evidence", "references.1.year", "2020", "references.1"),
    ("evidence", "claims.0.quote", "rest, they say", "claims.0"),
    ("evidence", "claims.0.stance", "LIKED", "claims.0.stance"),
    ("evidence", "exclusions.0.reason", "No.", "exclusions.0.reason"),
    ("evidence", "exclusions.0.claim", "K-1", "exclusions.0.claim"),
    ("evidence", "answers.0.rules", [], "answers.0.rules"),
    ("evidence", "answers.0.reason", REMOVED, "answers.0"),
]
EXCEPTIONS: list[Fault] = [
    ("questions", "questions.0.id", "1", "questions.0.id"),
    ("questions", "questions.0.rules", [], "questions.0.rules"),
    ("questions", "questions.0.rules.0", "K-*-1", "questions.0.rules.0"),
    ("questions", "questions.0.now", REMOVED, "questions.0"),
    ("questions", "questions.0.answer", "yes", "questions.0"),
    ("attributes", "developer", REMOVED, TOP),
    ("attributes", "inputs.0.used", "never", "inputs.0.used"),
    ("attributes", "inputs.0.how", "It counts.", "inputs.0"),
    ("attributes", "inputs.1.facts", REMOVED, "inputs.1"),
    ("attributes", "limits", [], "limits"),
    ("exceptions", "exceptions", [], "exceptions"),
    ("exceptions", "exceptions.0.reason", REMOVED, "exceptions.0"),
    ("exceptions", "exceptions.0.reason", "Retired.", "exceptions.0.reason"),
    ("exceptions", "exceptions.0.instead", "K-1", "exceptions.0.instead"),
    ("exceptions", "exceptions.1.row", "", "exceptions.1.row"),
    ("exceptions", "exceptions.1.table", "signs", "exceptions.1"),
]
CARDS: list[Fault] = [
    ("cards", "service.hook", "patient-viewed", "service.hook"),
    ("cards", "assessment.urgency", REMOVED, "assessment"),
    ("cards", "terminology.topics", "topics", "terminology.topics"),
    ("cards", "words.final.urgent", ["Urgent"], "words.final.urgent"),
    ("cards", "phrases.limits", REMOVED, "phrases"),
    ("cards", "phrases.hello", "Hello", "phrases"),
    ("cards", "phrases.denied", "Denied: {items}", "phrases.denied"),
    ("cards", "phrases.hours", "within {n} hours of {patient}", "phrases.hours"),
    ("cards", "prefetch-names.weather", "weather", "prefetch-names"),
    ("cards", "clusters.0.facts", [], "clusters.0.facts"),
    ("cards", "topics.emergency.code", "knee emergency", "topics.emergency.code"),
    ("cards", "cards.0.suggestions", "many", "cards.0.suggestions"),
    ("cards", "cards.0.summaries.0.say", "Urgent: {within", "cards.0.summaries.0.say"),
    ("cards", "cards.0.sections.0.from", REMOVED, "cards.0.sections.0"),
    ("cards", "cards.0.sections.1.show", "weather", "cards.0.sections.1.show"),
    ("cards", "cards.0.sections.1.from", ["red-flags"], "cards.0.sections.1"),
    ("cards", "recommendations.0.display", "ADVISED", "recommendations.0.display"),
    ("cards", "recommendations.0.meaning", None, "recommendations.0.meaning"),
    ("cards", "texts.K-1", {}, "texts.K-1"),
    ("cards", "texts.U-02.nurse", "Call.", "texts.U-02"),
]
KEYED: list[Fault] = [
    ("cards", "words", REMOVED, TOP),
    ("cards", "service.title", REMOVED, "service"),
    ("cards", "reason.display", REMOVED, "reason"),
    ("cards", "clusters.0.label", REMOVED, "clusters.0"),
    ("cards", "topics.emergency.display", REMOVED, "topics.emergency"),
    ("cards", "recommendations.0.meaning", REMOVED, "recommendations.0"),
]
TEXTS: list[Fault] = [
    ("texts", "phrases", REMOVED, TOP),
    ("texts", "greetings", {"hello": "Hallo"}, TOP),
    ("texts", "service.title", "Knie {", "service.title"),
    ("texts", "words.final", "Dringend", "words.final"),
    ("texts", "words.Final", {"urgent": "Dringend"}, "words"),
    ("texts", "texts.K-1", "Laat zien.", "texts.K-1"),
    ("texts", "summaries.urgent", "", "summaries.urgent"),
    ("texts", "facts.locked.label", REMOVED, "facts.locked"),
    ("texts", "facts.locked.colour", "rood", "facts.locked"),
    ("texts", "evidence.E01.strength", REMOVED, "evidence.E01"),
    ("texts", "form.version", "1", "form"),
    ("texts", "questions.locked.help", "Zo", "questions.locked"),
    ("texts", "questions.locked.options.yes", ["Ja"], "questions.locked.options.yes"),
]
CASES: list[Fault] = [
    ("case", "cases", [], "cases"),
    ("case", "cases.0.case", "swollen", "cases.0.case"),
    ("case", "cases.0.base", REMOVED, "cases.0"),
    ("case", "cases.0.facts.age", 35, "cases.0.facts.age"),
    ("case", "cases.0.because", "it is so", "cases.0"),
    ("case", "cases.0.expect.rules", "K-1", "cases.0.expect.rules"),
    ("case", "cases.0.expect.value", {"final": "urgent"}, "cases.0.expect"),
    ("case", "cases.1.expect", {}, "cases.1.expect"),
]
BASES: list[Fault] = [
    ("bases", "Well Person", {}, TOP),
    ("bases", "well", "35", "well"),
    ("bases", "well.age", 35, "well.age"),
    ("bases", "well.swelling", "unknown", "well.swelling"),
    ("bases", "well.Swelling", "no", "well"),
    ("bases", "well.site", ["left", "left"], "well.site"),
]
MANIFESTS: list[Fault] = [
    ("manifest", "status", "active", TOP),
    ("manifest", "derivedFrom", REMOVED, TOP),
    ("manifest", "version", "1.1", "version"),
    ("manifest", "engine", "v0.1.0", "engine"),
    ("manifest", "reviewBy", "2027-13-01", "reviewBy"),
    ("manifest", "effectivePeriod.start", REMOVED, "effectivePeriod"),
    ("manifest", "questionnaire.version", 1.1, "questionnaire.version"),
    ("manifest", "relatedArtifact.0.digest", REMOVED, "relatedArtifact.0"),
    ("manifest", "relatedArtifact.1.type", "quotation", "relatedArtifact.1.type"),
    ("manifest", "files.manifest?json", DIGEST, "files"),
    ("manifest", "files.valuesets/??/??/secret", DIGEST, "files"),
    ("manifest", "files.compiled?json", REMOVED, "files"),
    ("manifest", "files.facts?yaml", "sha256:5", "files.facts.yaml"),
]
INDEXES: list[Fault] = [
    ("index", "name", "Sore knee", "name"),
    ("index", "versions", {}, "versions"),
    ("index", "versions.0.status", "unknown", "versions.0.status"),
    ("index", "versions.0.digest", DIGEST.upper(), "versions.0.digest"),
    ("index", "versions.0.effectivePeriod", REMOVED, "versions.0"),
    ("index", "versions.1.effectivePeriod.end", None, "versions.1.effectivePeriod.end"),
    ("index", "versions.1.signature", "mine", "versions.1"),
]
ASSESSMENTS: list[Fault] = [
    ("assessment", "decidedAt", "2026-11-21T09:00:00+01:00", "decidedAt"),
    ("assessment", "release.digest", REMOVED, "release"),
    ("assessment", "facts.swelling.source", "guess", "facts.swelling.source"),
    ("assessment", "facts.swelling.value", None, "facts.swelling.value"),
    ("assessment", "facts.site.value", [["left"]], "facts.site.value.0"),
    ("assessment", "unknown.0", "Age", "unknown.0"),
    ("assessment", "conflicts.0.ehr", REMOVED, "conflicts.0"),
    ("assessment", "triage.urgency", "soon", "triage.urgency"),
    ("assessment", "triage.urgency", "self-care", "triage"),
    ("assessment", "triage.withinHours", 24.5, "triage.withinHours"),
    ("assessment", "pathway.confidence", None, "pathway.confidence"),
    ("assessment", "duration.days", -1, "duration.days"),
    ("assessment", "decisions.0.undetermined.0.unknown", [], "decisions.0.undetermined.0.unknown"),
    ("assessment", "recommendations.0.patient", "Ann", "recommendations.0"),
    ("assessment", "cards.0.summary", "x" * 140, "cards.0.summary"),
    ("assessment", "stale", "no", "stale"),
    ("assessment", "labels", REMOVED, TOP),
    ("assessment", "explanation.0.rules.0.origin", "opinion", "explanation.0.rules.0.origin"),
    ("assessment", "explanation.0.rules.0.references.0.verification", "", "explanation.0.rules.0.references.0.verification"),
]
PROPERTIES: list[Fault] = [
    ("properties", "properties", REMOVED, TOP),
    ("properties", "properties.0.sentence", "Short.", "properties.0.sentence"),
    ("properties", "properties.0.kind", "always", "properties.0.kind"),
    ("properties", "properties.0.steps", REMOVED, "properties.0"),
    ("properties", "properties.0.steps.1", "less", "properties.0.steps.1"),
    ("properties", "properties.0.steps.0", ["yes"], "properties.0.steps.0"),
    ("properties", "properties.0.steps.2", {"one-less-item": "left"}, "properties.0.steps.2"),
    ("properties", "properties.0.order", ["none"], "properties.0.order"),
    ("properties", "properties.0.rank", "4", "properties.0"),
    ("properties", "properties.1.then", REMOVED, "properties.1"),
    ("properties", "properties.1.if", {}, "properties.1.if"),
    ("properties", "properties.1.if.0", {}, "properties.1.if.0"),
    ("properties", "properties.1.if", 4, "properties.1.if"),
    ("properties", "properties.2.conditions", [{"final": "none"}], "properties.2.conditions"),
    ("properties", "accepted.0.because", "It is so", "accepted.0.because"),
    ("properties", "accepted.0.kind", "overlap", "accepted.0.kind"),
    ("properties", "accepted.0.table", "assembly", "accepted.0"),
]
VALUE_SETS: list[Fault] = [
    ("value-set-sources", "publisher", REMOVED, TOP),
    ("value-set-sources", "base", "https://example.org/fhir/", "base"),
    ("value-set-sources", "version", "draft", "version"),
    ("value-set-sources", "origins.notes", "", "origins.notes"),
    ("value-set-sources", "value-sets.0.id", "Sore pills", "value-sets.0.id"),
    ("value-set-sources", "value-sets.0.colour", "red", "value-sets.0"),
    ("value-set-sources", "value-sets.0.ingredients", REMOVED, "value-sets.0"),
    ("value-set-sources", "value-sets.0.codes.0.mark", "checked", "value-sets.0.codes.0.mark"),
    ("value-set-sources", "value-sets.0.codes.0.from", REMOVED, "value-sets.0.codes.0"),
    ("value-set-sources", "value-sets.0.codes.0.list", {}, "value-sets.0.codes.0.list"),
    ("value-set-sources", "value-sets.0.codes.1.system", "snomed", "value-sets.0.codes.1.system"),
    ("value-set-sources", "value-sets.0.codes.1.patterns.0", "25.5", "value-sets.0.codes.1.patterns.0"),
    ("value-set-sources", "value-sets.0.codes.2.file", "../secret.txt", "value-sets.0.codes.2.file"),
    ("value-set-sources", "value-sets.0.codes.2.without", ["M17"], "value-sets.0.codes.2"),
]
PROFILES: list[Fault] = [
    ("profile", "proposals", REMOVED, TOP),
    ("profile", "links", {}, TOP),
    ("profile", "silent", "yes", "silent"),
    ("profile", "cards.limit", 0, "cards.limit"),
    ("profile", "cards.selection", "all", "cards.selection"),
    ("profile", "cards.links", ["smart"], "cards.links.0"),
    ("profile", "cards.text", "html", "cards.text"),
    ("profile", "proposals.allowed", REMOVED, "proposals"),
    ("profile", "proposals.allowed.0", "MedicationRequest", "proposals.allowed.0"),
    ("profile", "proposals.allowed", ["Task", "Task"], "proposals.allowed"),
    ("profile", "proposals.kind", "Appointment", "proposals.kind"),
    ("profile", "proposals.kinds.SEE_KNEE", "MedicationRequest", "proposals.kinds.SEE_KNEE"),
    ("profile", "proposals.kinds. ", "Task", "proposals.kinds"),
    ("profile", "codings.0.place", "after", "codings.0.place"),
    ("profile", "codings.0.theirs", [], "codings.0.theirs"),
    ("profile", "codings.0.system", "our codes", "codings.0.system"),
    ("profile", "codings.0.theirs.0.code", " 12", "codings.0.theirs.0.code"),
    ("profile", "codings.0.theirs.0.display", "", "codings.0.theirs.0.display"),
    ("profile", "codings.0.theirs.1.system", REMOVED, "codings.0.theirs.1"),
    ("profile", "codings.0.theirs.1.version", "1", "codings.0.theirs.1"),
]
FAULTS = [
    *PROFILES,
    *VALUE_SETS,
    *PROPERTIES,
    *FACTS,
    *EVIDENCE,
    *EXCEPTIONS,
    *CARDS,
    *KEYED,
    *TEXTS,
    *CASES,
    *BASES,
    *MANIFESTS,
    *INDEXES,
    *ASSESSMENTS,
]


def document(path: Path) -> Any:
    """The value of a YAML or JSON file; scalars of YAML are text."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.parse(text, name=path.name).value


def sample(name: str) -> Any:
    """The small valid document of a schema."""
    return document(next(SAMPLES.glob(f"{name}.*")))


def planted(value: Any, at: str, put: Any) -> Any:
    """A copy of the document with one member set or removed; a `?` in a key stands for a dot."""
    changed = copy.deepcopy(value)
    *parents, last = (int(part) if part.isdecimal() else part.replace("?", ".") for part in at.split("."))
    holder = changed
    for part in parents:
        holder = holder[part]
    if put is REMOVED:
        del holder[last]
    else:
        holder[last] = put
    return changed


def found(name: str, value: Any) -> list[str]:
    """What the schema says against the document."""
    return [problem.text for _, problem in schemas.problems(name, value)]


def authored() -> Iterator[tuple[str, Path]]:
    """Every file of a draft that has a schema, with the name of that schema."""
    for draft in CONTENT.glob("*/draft"):
        yield from ((name, draft / f"{name}.yaml") for name in ("facts", "evidence", "exceptions", "questions", "attributes", "cards", "properties"))
        yield "value-set-sources", draft / "valuesets" / "sources.yaml"
        yield from (("decision-model" if path.stem == "model" else "decision-table", path) for path in draft.glob("decisions/*.yaml"))
        yield from (("texts", path) for path in draft.glob("texts/*.yaml"))
        yield from (("bases" if path.stem == "bases" else "case", path) for path in draft.glob("cases/*.yaml"))


def sealed() -> Iterator[tuple[str, Path]]:
    """Every index and manifest of the content, with the name of its schema."""
    yield from (("index", path) for path in CONTENT.glob("*/index.json"))
    yield from (("manifest", path) for path in CONTENT.glob("*/*/manifest.json"))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every subschema that lists the members of an object and says what kind it is."""
    members = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and schema.get("type") == "object" and "properties" in schema:
        yield schema
    for member in members:
        yield from objects(member)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_its_id_is_its_file_name(name: str) -> None:
    schema = json.loads((schemas.folder() / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["$id"] == f"{BASE}{name}{SUFFIX}"
    assert schema["title"]


@pytest.mark.parametrize("name", [name for name in OURS if name != "assessment"])
def test_a_document_may_hold_nothing_that_its_schema_does_not_name(name: str) -> None:
    assert [schema for schema in objects(schemas.validator(name).schema) if schema.get("additionalProperties") is not False] == []


@pytest.mark.parametrize(("name", "path"), sorted(authored()), ids=lambda part: part.stem if isinstance(part, Path) else part)
def test_the_draft_content_keeps_to_its_schemas(name: str, path: Path) -> None:
    assert found(name, document(path)) == []


def test_what_is_sealed_keeps_to_its_schemas() -> None:
    faults = {path.relative_to(CONTENT).as_posix(): problems for name, path in sealed() if (problems := found(name, document(path)))}
    assert faults == {}


@pytest.mark.parametrize("name", OURS)
def test_a_small_valid_document_is_accepted(name: str) -> None:
    assert found(name, sample(name)) == []


@pytest.mark.parametrize(("name", "at", "put", "place"), FAULTS, ids=[f"{name}-{at}-{index}" for index, (name, at, *_) in enumerate(FAULTS)])
def test_a_planted_fault_is_refused_at_its_place(name: str, at: str, put: Any, place: str) -> None:
    problems = schemas.problems(name, planted(sample(name), at, put))
    assert {problem.expression for _, problem in problems} == {place}
    assert all(problem.text.startswith(f"{place}: ") for _, problem in problems)


@pytest.mark.parametrize("name", OURS)
def test_every_schema_has_faults_planted_against_it(name: str) -> None:
    assert len([fault for fault in FAULTS if fault[0] == name]) >= 5


def test_the_derivation_of_a_first_release_is_null_and_never_left_out() -> None:
    assert found("manifest", planted(sample("manifest"), "derivedFrom", None)) == []


def test_an_assessment_may_be_stored_before_it_is_explained() -> None:
    stored = {name: value for name, value in sample("assessment").items() if name not in ("explanation", "labels", "words")}
    assert found("assessment", stored) == []


def test_an_assessment_of_nothing_has_no_days_no_rules_and_no_time() -> None:
    nothing = sample("assessment") | {
        "facts": {}, "decisions": [], "recommendations": [], "cards": [], "note": "", "explanation": [],
        "triage": {"urgency": "none", "screen": "incomplete", "because": []}, "pathway": {"code": "none"}, "duration": {"band": "unknown"},
    }  # fmt: skip
    assert found("assessment", nothing) == []


def test_no_diagnostic_repeats_what_was_written() -> None:
    canary = "canary 4711"
    told = [*found("case", planted(sample("case"), "cases.0.row", [canary])), *found("assessment", planted(sample("assessment"), "stale", canary))]
    assert len(told) == 2
    assert not any(canary in text for text in told)
