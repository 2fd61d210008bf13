"""A released form filled in from a patient's record (SDC, Questionnaire/$populate); nothing is decided, kept or fetched."""

from collections.abc import Mapping
from typing import Any

from cds.fhir import concepts, outcomes, populating, population_request, record, references, responses
from cds.fhir.population_request import Asked
from cds.fhir.references import Subject
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic, NotFound, NotProcessable
from cds.service.application import Application
from cds.values.release import Release

WHOLE = "The Questionnaire that was sent is not read: the released one of its url and version is filled in."


def populate(app: Application, body: bytes, name: str = "") -> dict[str, Any]:
    """Parameters with `response` and `issues`. `name` is the id of the Questionnaire, empty where the Parameters name it.

    Raises NotFound for another id, WrongShape, and NotProcessable where no released form is named, or no patient, or two.
    """
    asked = population_request.read(strict_json.load_object(body, limit=app.settings.body_limit))
    release = _release(app, name, asked.canonical)
    subject, who = _subject(asked)
    at = app.clock()
    found = record.read({"bundle": asked.bundle}, release.facts, release.value_sets, subject=who.id, at=at)
    filled = populating.populated(release.questionnaire, app.forms[release.name], release.facts, found, subject=subject, at=at)
    sent = (Diagnostic("information", "not-supported", WHOLE),) if asked.whole else ()
    issues = outcomes.operation_outcome((*filled.issues, *asked.notes, *sent))
    parts = [{"name": "response", "resource": filled.response}, {"name": "issues", "resource": issues}]
    return {"resourceType": "Parameters", "parameter": parts}


def _release(app: Application, name: str, canonical: str) -> Release:
    """Of the id where the address has one, else of the canonical; where both name a form it must be the same."""
    release = _by_id(app, name) if name else _by_canonical(app, canonical)
    if name and canonical and _by_canonical(app, canonical) is not release:
        text = "The parameter questionnaire names another form than the address. Name the same, or leave the parameter out."
        raise NotProcessable(text, more=(Diagnostic("error", "value", text, population_request.PLACE),))
    return release


def _by_id(app: Application, name: str) -> Release:
    for release in app.releases.values():
        if release.questionnaire.get("id") == name:
            return release
    raise NotFound("No released questionnaire has that id. GET /fhir/Questionnaire lists them.")


def _by_canonical(app: Application, canonical: str) -> Release:
    """The release of that form: by its canonical, with the version or without, or by a reference that ends in its id."""
    if not canonical:
        text = "The questionnaire is not named. Send the parameter questionnaire, or call /fhir/Questionnaire/{id}/$populate."
        raise NotProcessable(text, more=(Diagnostic("error", "required", text, population_request.PLACE),))
    url, version = responses.canonical_of(canonical)
    for release in app.releases.values():
        form = release.questionnaire
        if url in (form["url"], f"Questionnaire/{form.get('id')}") and version in ("", form.get("version", "")):
            return release
    text = "Only the released questionnaires are filled in, in their version: only of them is it known what a record says of an item."
    raise NotProcessable(text, more=(Diagnostic("error", "not-supported", text, population_request.PLACE),))


def _subject(asked: Asked) -> tuple[str, Subject]:
    """The reference to the patient and who that is; without a subject in the request, the one Patient who was sent."""
    who = references.subject(asked.subject, asked.bundle)
    subject = asked.subject or (who.id if who.id.startswith("urn:") else f"Patient/{who.id}" if who.id else "")
    if not references.names_patient(subject):
        text = "Whose form this is cannot be told. Send the parameter subject with a reference to the Patient."
        raise NotProcessable(text, more=(Diagnostic("error", "required", text, population_request.PLACE),))
    _require_same(asked.bundle, who)
    return subject, who


def _require_same(bundle: Mapping[str, Any], who: Subject) -> None:
    for entry in concepts.objects(bundle.get("entry")):
        sent = concepts.mapping(entry.get("resource"))
        if sent.get("resourceType") == "Patient" and not who.is_patient(sent, entry.get("fullUrl")):
            text = "The resources hold a Patient who is not the subject. Send the subject's resources only."
            raise NotProcessable(text, expression=population_request.PLACE)
