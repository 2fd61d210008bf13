"""What every way in shares: facts to an assessment, the assessment to cards, the record of it made durable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import cds
from cds.assessment import assessing
from cds.facts import Answers, Facts, Record, merge
from cds.fhir import answers, concepts, dating, record, references
from cds.foundation import canonical, instants
from cds.foundation.errors import Diagnostic
from cds.hooks.cards import Outlet
from cds.service import outlets, rendering
from cds.service.application import Application
from cds.values.assessment import Assessment
from cds.values.record import AuditRecord, Private
from cds.values.release import Release

HOOK = "hook:"
"""How the channel of a hook call begins; the id of the service follows."""
SILENT = "silent client: the cards were decided and not sent"
IDENTIFIER = re.compile(r"[A-Za-z0-9.:_-]{0,100}")
_USER = re.compile(r"[A-Za-z]{1,40}/[A-Za-z0-9\-.]{1,64}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""A `traceparent` of W3C Trace Context, up to its flags."""


@dataclass(frozen=True)
class Received:
    """One question as it came: when, by which way, its own id, the digest of its bytes, and what was odd about it and refused nothing.

    `hook` is the name of the hook and `user` who is to see the answer, both empty for other ways in. `trace` is the `traceparent` of the call.
    `orders` are the draft orders as JSON.
    """

    at: datetime
    channel: str
    hook_instance: str
    digest: str
    noted: tuple[str, ...] = ()
    hook: str = ""
    user: str = ""
    trace: str = ""
    orders: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """What an assessment is made from: the response (None when there is none), the record's resources, and what was passed over.

    `doubtful` says that another response may be the one that counts: the one that was chosen then reassures nobody, and when
    there is none the form is offered, whatever is on record. `told` is what was wrong with a submission and did not refuse it.
    `refused` says that what is not among the resources was to be fetched from a server that is not asked. `identifier` is that of the patient
    (as `patient_identified` writes it) where a response names its subject so.
    """

    response: Mapping[str, Any] | None
    resources: Mapping[str, Any]
    subject: str
    skipped: tuple[str, ...] = ()
    doubtful: bool = False
    told: tuple[Diagnostic, ...] = ()
    refused: bool = False
    identifier: str = ""

    @property
    def patient(self) -> str:
        """What the ledger knows the patient by: the reference, whatever stands before it, else the identifier; empty for nobody."""
        return patient_named(self.subject) or self.identifier


def assess(app: Application, release: Release, evidence: Evidence, *, at: datetime) -> Assessment:
    """The assessment; without a response the offer of the form where the release's trigger is on record or could not be looked for, else silence.

    A key that nobody sent or asked for is no failure: it is optional, and its absence is silence.
    """
    recorded = record.read(evidence.resources, release.facts, release.value_sets, subject=evidence.subject, at=at)
    if evidence.response is None:
        return _unanswered(app, release, recorded, evidence, at=at)
    said = answers.read(evidence.response, app.forms[release.name], release.facts, at=at)
    facts = merge(release.facts, _noting(said, evidence), recorded, at=at)
    return assess_facts(app, release, facts, at=at)


def assess_facts(app: Application, release: Release, facts: Facts, *, at: datetime) -> Assessment:
    """The assessment of facts that are merged already."""
    return assessing.assess(release, facts, decision_id=app.new_id(), at=at, engine=cds.__version__)


def _noting(said: Answers, evidence: Evidence) -> Answers:
    """With what was passed over; unfinished when another response may be the one that counts."""
    status = "in-progress" if evidence.doubtful else said.status
    return replace(said, status=status, problems=evidence.skipped + said.problems)


def _unanswered(app: Application, release: Release, recorded: Record, evidence: Evidence, *, at: datetime) -> Assessment:
    facts = Facts({}, tuple(release.facts.facts), (), recorded.not_checked, evidence.skipped + recorded.problems)
    failed = any(key in evidence.resources or evidence.refused for key in recorded.untold)
    answer = assessing.offer if recorded.triggers or evidence.doubtful or failed else assessing.silence
    return answer(release, facts, decision_id=app.new_id(), at=at, engine=cds.__version__)


def render(app: Application, release: Release, assessment: Assessment, *, subject: str) -> dict[str, Any]:
    """The assessment as JSON with its cards as they go on the wire, as `rendering.render` does for the outlet of this application."""
    return rendering.render(release, assessment, outlet(app, release), subject=subject)


def outlet(app: Application, release: Release) -> Outlet:
    """Where the cards of a release go; without a ledger no explanation can be linked to."""
    return Outlet(app.settings.address, release.name if app.settings.has_form else "", app.profile, recorded=app.ledger is not None)


def conclude(app: Application, release: Release, assessment: Assessment, received: Received, evidence: Evidence) -> dict[str, Any]:
    """The cards of an assessment that was recorded, none of them for a silent client.

    LedgerUnavailable when it cannot be recorded, and then nothing may leave.
    """
    told = recorded(app, release, assessment, received, evidence)["cards"]
    return {"cards": [] if _is_silent(app, received) else told}


def recorded(app: Application, release: Release, assessment: Assessment, received: Received, evidence: Evidence) -> dict[str, Any]:
    """Renders the assessment and records it; every answer is made of what this returns, and none without it."""
    told = render(app, release, assessment, subject=evidence.subject)
    if app.ledger:
        app.leaving.keep(app.ledger, _record(app, release, told, received, evidence, assessment))
    return told


def _record(app: Application, release: Release, told: dict[str, Any], received: Received, evidence: Evidence, assessment: Assessment) -> AuditRecord:
    private = Private(
        patient=evidence.patient,
        assessment=told,
        user=received.user,
        skipped=evidence.skipped,
        noted=received.noted,
        outlet=outlets.plain(outlet(app, release)),
        orders=received.orders,
        response=response_named(evidence.response),
    )
    return AuditRecord.of(
        private,
        selected=app.selected,
        received_at=instants.written(received.at, "milliseconds"),
        channel=received.channel,
        hook=received.hook,
        hook_instance=received.hook_instance,
        request_digest=received.digest,
        outcome=SILENT if _is_silent(app, received) else rendering.outcome(assessment, answered=evidence.response is not None),
        client=app.caller.client,
        tenant=app.caller.tenant,
        profile=app.profile.name,
        trace=received.trace,
    )


def _is_silent(app: Application, received: Received) -> bool:
    return app.profile.silent and received.channel.startswith(HOOK)


def received(at: datetime, channel: str, body: bytes, trace: str = "") -> Received:
    """The question of these bytes, which came at that instant. A `traceparent` that is none is not kept: it may be anything typed."""
    found = _TRACE.match(trace)
    kept = found[0] if found and (len(found[0]) == len(trace) or (not trace.startswith("00") and trace[len(found[0])] == "-")) else ""
    return Received(at, channel, "", canonical.digest(body), trace=kept)


def identified(text: str) -> str:
    """A hook instance as it is kept: what is no identifier as its digest, since it may be anything typed."""
    return text if IDENTIFIER.fullmatch(text) else _digest(text)


def user_named(text: str) -> str:
    """The user of a hook as it is kept: what is no reference of the form `Type/id` as its digest."""
    return text if _USER.fullmatch(text) else _digest(text)


def response_named(response: Mapping[str, Any] | None) -> dict[str, str]:
    """Which response it was, as it is kept: what is no id of FHIR or no date is left out, as one filled in here has no id."""
    if response is None:
        return {}
    name, version = (_id(part.get(key)) for part, key in ((response, "id"), (concepts.mapping(response.get("meta")), "versionId")))
    reference = f"QuestionnaireResponse/{name}" if name else ""
    authored = response.get("authored") if dating.authored(response.get("authored")) else ""
    told = {"reference": f"{reference}/_history/{version}" if reference and version else reference, "authored": str(authored)}
    return {key: value for key, value in told.items() if value}


def _id(text: object) -> str:
    return text if isinstance(text, str) and _ID.fullmatch(text) else ""


def patient_named(reference: str) -> str:
    """`Patient/x` for every reference that means it, a urn as it is; empty for what is no reference to a patient, as an identifier is none."""
    if "|" in reference or not references.names_patient(reference):
        return ""
    return reference if reference.startswith("urn:") else f"Patient/{references.patient_id(reference)}"


def patient_identified(system: str, value: str) -> str:
    r"""`system|value`, where a `|` or `\` of the system has a `\` before it, so no two identifiers are one name; empty where it lacks a part."""
    escaped = system.replace("\\", r"\\").replace("|", r"\|")
    return f"{escaped}|{value}" if system and value else ""


def _digest(text: str) -> str:
    return canonical.digest(text.encode("utf-8", "surrogatepass"))
