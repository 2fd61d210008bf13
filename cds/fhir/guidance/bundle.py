"""The Bundle of an answer: GuidanceResponse first, then the RequestGroup when there is anything to say, then what may be created."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cds.fhir import outcomes, proposals, references
from cds.fhir.guidance import actions, requirements
from cds.fhir.knowledge.publication import Publication, Resource
from cds.foundation.errors import Diagnostic
from cds.values.assessment import Assessment
from cds.values.release import Release

PLAN = "PlanDefinition"
COMPLETE = "complete"
PROBLEMS, FINDINGS = "problems", "findings"


def bundle(
    release: Release, assessment: Assessment, document: Mapping[str, Any], *, subject: str, told: Sequence[Diagnostic], group: str
) -> Resource:
    """The answer as a collection; `document` is the recorded assessment, `group` the UUID of its RequestGroup.

    `subject` is who the response is about, left out where it is no reference to a patient; `told` is what was wrong with the
    submission and did not refuse it.
    """
    published = Publication(release, {})
    cards = document["cards"]
    common = {"language": release.language, "identifier": [{"system": actions.URN, "value": actions.urn(document["decisionId"])}]}
    about = {"subject": proposals.subject(subject)} if references.names_patient(subject) else {}
    answer = {"resourceType": "GuidanceResponse"} | common | _guidance(published, assessment, document, told) | about
    if not cards:
        return _collection(document, [_entry(document["decisionId"], answer)])
    requests = {"resourceType": "RequestGroup"} | common | _requests(published, document, cards) | about
    answer |= {"result": {"reference": actions.urn(group)}}
    return _collection(document, [_entry(document["decisionId"], answer), _entry(group, requests), *actions.created(cards)])


def _collection(document: Mapping[str, Any], entries: list[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": "collection", "timestamp": document["decidedAt"], "entry": entries}


def _entry(identity: str, resource: Resource) -> Resource:
    return {"fullUrl": actions.urn(identity), "resource": resource}


def _guidance(published: Publication, assessment: Assessment, document: Mapping[str, Any], told: Sequence[Diagnostic]) -> Resource:
    """`data-requested` where the screen is incomplete: the answer stands and must be acted on, and would be better with more answers."""
    release = published.release
    complete = assessment.triage.screen == COMPLETE
    problems = [*map(_as_warning, told), *(Diagnostic("warning", "incomplete", text) for text in assessment.facts.problems)]
    missing = assessment.derived.get(release.cards.roles.missing) or ()
    lacking = requirements.requirements(published, complete=complete, missing=missing, not_checked=assessment.facts.not_checked)
    outcome = [outcomes.operation_outcome(problems) | {"id": PROBLEMS}] if problems else []
    return (
        {
            "contained": [*outcome, _findings(document)],
            "moduleCanonical": published.canonical(PLAN, release.name),
            "status": "success" if complete else "data-requested",
            "occurrenceDateTime": document["decidedAt"],
            "performer": {"display": release.cards.product},
        }
        | ({"evaluationMessage": [{"reference": f"#{PROBLEMS}"}]} if problems else {})
        | {"outputParameters": {"reference": f"#{FINDINGS}"}}
        | ({"dataRequirement": lacking} if lacking else {})
    )


def _findings(document: Mapping[str, Any]) -> Resource:
    """The triage and the pathway as parameters, for programs."""
    triage, pathway = document["triage"], document["pathway"]
    codes = {"urgency": triage["urgency"], "screen": triage["screen"], "pathway": pathway["code"]}
    parameters: list[Resource] = [{"name": name, "valueCode": code} for name, code in codes.items()]
    if "withinHours" in triage:
        parameters.append({"name": "withinHours", "valueInteger": triage["withinHours"]})
    return {"resourceType": "Parameters", "id": FINDINGS, "parameter": parameters}


def _requests(published: Publication, document: Mapping[str, Any], cards: Sequence[Mapping[str, Any]]) -> Resource:
    release = published.release
    return {
        "instantiatesCanonical": [published.canonical(PLAN, release.name)],
        "status": "draft",
        "intent": "proposal",
        "priority": actions.priority(cards),
        "authoredOn": document["decidedAt"],
        "author": {"display": release.cards.product},
        "action": actions.actions(published, cards),
    }


def _as_warning(problem: Diagnostic) -> Diagnostic:
    """What did not refuse the evaluation is no error of it, whatever `$validate` calls it."""
    return replace(problem, severity="warning") if problem.severity in ("fatal", "error") else problem
