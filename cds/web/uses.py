"""The use cases that routes call, bound to one running application, so that routes know names and types and no more."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from cds.service import (
    application,
    attributes,
    audit_views,
    capability,
    erasures,
    evaluate,
    explain,
    exporting,
    feedback,
    form,
    hook,
    knowledge,
    populate,
    process_response,
    questionnaires,
    readiness,
    validate,
)
from cds.values.client import Caller

Document = dict[str, Any]
Fields = Mapping[str, Sequence[str]]
"""The fields of a form as they came."""


@dataclass(frozen=True)
class Uses:
    """What the web can ask for. Each raises the meanings of `cds.foundation.errors`."""

    discovery: Callable[[], Document]
    answer: Callable[[str, bytes, str], Document]
    feedback: Callable[[str, bytes, feedback.Meter], Document]
    submit: Callable[[bytes, str], Document]
    guide: Callable[[bytes, str], Document]
    validate: Callable[[bytes, Iterable[tuple[str, str]]], Document]
    process_response: Callable[[bytes], Document]
    populate: Callable[[bytes, str], Document]
    explain: Callable[[str], Document]
    metadata: Callable[[], Document]
    artifact: Callable[[str, str, str | None], Document]
    artifacts: Callable[[str, Iterable[tuple[str, str]], bool], Document]
    attributes: Callable[[str, str], Document]
    attributes_in_force: Callable[[], Document]
    forms: Callable[[], tuple[form.Head, ...]]
    form_start: Callable[[str], form.View]
    form_turn: Callable[[str, Fields, Callable[[], None], str], form.View | form.Advice | form.Delay]
    form_delayed: Callable[[str, Fields, int], form.View | form.Delay]
    form_answers: Callable[[str, Fields], bytes]
    audit_search: Callable[[str, Iterable[tuple[str, str]], bool], Document]
    audit_read: Callable[[str, str], Document]
    export: Callable[[str, bool], bytes]
    erase: Callable[[bytes], Document]
    begin: Callable[[], None]
    leave: Callable[[Collection[str]], None]
    readiness: Callable[[], Document]
    versions: Callable[[], Document]


@dataclass(frozen=True)
class Stores:
    """What callers who are answered by the same releases share: each part is read when it is first asked for, and then kept."""

    shelf: knowledge.Shelf
    library: questionnaires.Library
    sheets: attributes.Sheets


def of_clients(app: application.Application, shared: Stores) -> dict[Caller, Uses]:
    """The use cases of each registered caller there can be, every tenant of every client; raises as `application.start` does.

    `shared` is for those whom the releases of the application answer.
    """
    bound = {}
    for client in app.clients.values():
        theirs = application.of_client(app, client)
        held = shared if theirs.releases is app.releases else stores(theirs)
        for tenant in client.tenants or ("",):
            caller = Caller(client.name, tenant)
            bound[caller] = bind(replace(theirs, caller=caller), held)
    return bound


def stores(app: application.Application) -> Stores:
    """Those of an application."""
    return Stores(knowledge.shelf(app), questionnaires.library(app), attributes.sheets(app))


def dispatching(current: Callable[[], Uses]) -> Uses:
    """Use cases that are each looked up when called, in those of the caller of the moment."""

    def found(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            return getattr(current(), name)(*given, **named)

        return call

    return Uses(**{one.name: found(one.name) for one in fields(Uses)})


def bind(app: application.Application, held: Stores | None = None) -> Uses:
    """The use cases of a started application, for its caller; `held` is what others have of the same releases."""
    desk = form.desk(app)
    held = held or stores(app)
    return Uses(
        discovery=partial(hook.discovery, app),
        answer=partial(hook.answer, app),
        feedback=partial(feedback.take, app),
        submit=partial(evaluate.submit, app),
        guide=partial(evaluate.guide, app),
        validate=partial(validate.validate, held.library),
        process_response=partial(process_response.process, held.library),
        populate=partial(populate.populate, app),
        explain=partial(explain.explain, app),
        metadata=partial(capability.metadata, app),
        artifact=partial(knowledge.read, held.shelf),
        artifacts=partial(knowledge.search, held.shelf),
        attributes=partial(attributes.of, held.sheets),
        attributes_in_force=partial(attributes.in_force, held.sheets),
        forms=partial(form.listed, desk),
        form_start=partial(form.start, desk),
        form_turn=partial(form.turn, desk),
        form_delayed=partial(form.delayed, desk),
        form_answers=partial(form.submitted, desk),
        **_of_the_ledger(app),
        readiness=readiness.of(app),
        versions=partial(application.versions, app),
    )


def _of_the_ledger(app: application.Application) -> dict[str, Callable[..., Any]]:
    return {
        "audit_search": partial(audit_views.search, app),
        "audit_read": partial(audit_views.read, app),
        "export": lambda decision_id, facts: exporting.export(app, decision_id, facts=facts),
        "erase": partial(erasures.take, app),
        "begin": app.leaving.begin,
        "leave": app.leaving.leave,
    }
