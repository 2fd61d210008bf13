"""A questionnaire submitted as FHIR, and the four kinds of file that the command line reads."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cds.fhir import concepts, parameters, references, responses
from cds.fhir.guidance import bundle
from cds.fhir.references import Subject
from cds.fhir.validation import modified
from cds.fhir.validation import response as validation
from cds.foundation import strict_json
from cds.foundation.errors import Diagnostic, NotFound, NotProcessable, WrongShape
from cds.service import completing, deciding, facts_file, hook, offers
from cds.service.application import Application
from cds.service.deciding import Evidence
from cds.values.assessment import Assessment
from cds.values.release import Release

RESOURCE = "resource"


@dataclass(frozen=True)
class Decided:
    """A submission that was decided and recorded; `document` is what the ledger keeps of it, and each rendering is made of it."""

    release: Release
    assessment: Assessment
    evidence: Evidence
    document: Mapping[str, Any]


def submit(app: Application, body: bytes, trace: str = "") -> dict[str, Any]:
    """The cards for a QuestionnaireResponse, or a Bundle of it and the patient's resources; strict where it was submitted."""
    return {"cards": _decided(app, body, trace).document["cards"]}


def guide(app: Application, body: bytes, trace: str = "") -> dict[str, Any]:
    """The same answer as FHIR: a Bundle of GuidanceResponse, RequestGroup and the proposals."""
    made = _decided(app, body, trace)
    group = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{made.assessment.decision_id}/RequestGroup"))
    return bundle.bundle(made.release, made.assessment, made.document, subject=made.evidence.subject, told=made.evidence.told, group=group)


def _decided(app: Application, body: bytes, trace: str) -> Decided:
    at = app.clock()
    resource, told = _submitted(strict_json.load_object(body, limit=app.settings.body_limit))
    release, evidence = submission(app, resource, at=at)
    assessment = deciding.assess(app, release, evidence, at=at)
    document = deciding.recorded(app, release, assessment, deciding.received(at, "evaluate", body, trace), evidence)
    return Decided(release, assessment, replace(evidence, told=(*told, *evidence.told)), document)


def _submitted(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[Diagnostic, ...]]:
    """The resource of a submission: the body itself, or the part `resource` of Parameters (FHIR R4, Executing an Operation).

    With it what else the Parameters hold and nobody reads; NotProcessable when they do not have just one resource.
    """
    parts = parameters.of_body(document, RESOURCE)
    told = tuple(parameters.unread(parts, (RESOURCE,), ()))
    wrong = tuple(problem for problem in told if problem.severity == "error")
    part = parameters.resource(parts, RESOURCE)
    if wrong or part is None or part.resource is None:
        text = "The Parameters have no `resource`. Send one with a QuestionnaireResponse, or with a Bundle of it and the patient's resources."
        raise NotProcessable(text, expression="Parameters.parameter", more=wrong)
    return part.resource, told


def submission(app: Application, resource: Mapping[str, Any], *, at: datetime) -> tuple[Release, Evidence]:
    """The release that the response is for, and what was submitted; NotProcessable with all that refuses it, each with its path."""
    response = responses.submitted(resource)
    release = _release_of(app, response)
    found = [*modified.around(resource, response), *validation.validate(response, app.forms[release.name], at=at, definitions=release.facts)]
    problems = validation.refusals(found)
    if problems:
        raise NotProcessable("The QuestionnaireResponse is not valid.", more=tuple(problems))
    who = references.subject(concepts.text(concepts.mapping(response.get("subject")).get("reference")), resource)
    _require_same_patient(resource, who)
    resources = {} if resource is response else {"bundle": resource}
    return release, Evidence(response, resources, who.id, told=tuple(found), identifier=_identifier(response))


def _identifier(response: Mapping[str, Any]) -> str:
    """The identifier of a subject that is named so, as the ledger knows it; empty where it lacks its system or its value."""
    said = concepts.mapping(concepts.mapping(response.get("subject")).get("identifier"))
    return deciding.patient_identified(concepts.text(said.get("system")), concepts.text(said.get("value")))


def _require_same_patient(resource: Mapping[str, Any], who: Subject) -> None:
    """A Patient beside a contained one may be the same: nothing of the Bundle is then used, and nothing is refused."""
    for entry in concepts.objects(resource.get("entry")) if not references.is_local(who.id) else ():
        sent = concepts.mapping(entry.get("resource"))
        if sent.get("resourceType") == "Patient" and not who.is_patient(sent, entry.get("fullUrl")):
            text = "The Bundle has a Patient who is not the subject of the response. Send the subject's resources only."
            raise NotProcessable(text, expression="QuestionnaireResponse.subject")


def _release_of(app: Application, response: Mapping[str, Any]) -> Release:
    canonical = response.get("questionnaire")
    url = canonical.split("|")[0] if isinstance(canonical, str) else ""
    for release in app.releases.values():
        if release.questionnaire["url"] == url:
            return release
    text = "The response names no questionnaire that is released here. `GET /cds-services` says which are."
    raise NotProcessable(text, expression="QuestionnaireResponse.questionnaire")


def assess_file(app: Application, body: bytes) -> dict[str, Any]:
    """The assessment document of a hook request, a response, a Bundle or a facts file; nothing is recorded."""
    document = strict_json.load_object(body, limit=app.settings.body_limit)
    used, assessment, subject = assessed(app, document, at=app.clock())
    return deciding.render(app, used, assessment, subject=subject)


def assessed(app: Application, document: dict[str, Any], *, at: datetime) -> tuple[Release, Assessment, str]:
    """The release that decides on one of the four kinds of file, the assessment, and the subject where there is one."""
    if "facts" in document:
        only = _only(app, document.get("release"))
        facts = facts_file.read(document, only.facts, at=at)
        return only, deciding.assess_facts(app, only, facts, at=at), ""
    if "hook" in document:
        only = _only(app, document.get("release"))
        offer = offers.of_hook(only, document["hook"])
        request = hook.parse(offer, document)
        evidence = hook.read_evidence(app, only, request, completing.complete(app.outbound, only, request), at=at)
        return only, hook.assess(app, offer, evidence, hook.read_drafts(app, offer.release, request), at=at), evidence.subject
    release, evidence = submission(app, document, at=at)
    return release, deciding.assess(app, release, evidence, at=at), evidence.subject


def _only(app: Application, name: Any) -> Release:
    if isinstance(name, str):
        if name not in app.releases:
            raise NotFound(f"No release of that name. There is: {', '.join(app.releases)}.", expression="release")
        return app.releases[name]
    if len(app.releases) != 1:
        raise WrongShape(f"Several conditions are released: {', '.join(app.releases)}. Name one under `release`.", expression="release")
    return next(iter(app.releases.values()))
