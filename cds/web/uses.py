"""The use cases that routes call, bound to one running application, so that routes know names and types and no more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cds.service import (
    application,
    attributes,
    capability,
    evaluate,
    explain,
    form,
    hook,
    knowledge,
    populate,
    process_response,
    questionnaires,
    validate,
)

Document = dict[str, Any]
Fields = Mapping[str, Sequence[str]]
"""The fields of a form as they came."""


@dataclass(frozen=True)
class Uses:
    """What the web can ask for. Each raises the meanings of `cds.foundation.errors`."""

    discovery: Callable[[], Document]
    answer: Callable[[str, bytes], Document]
    submit: Callable[[bytes], Document]
    guide: Callable[[bytes], Document]
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
    form_turn: Callable[[str, Fields], form.View | form.Advice | form.Delay]
    form_answers: Callable[[str, Fields], bytes]
    readiness: Callable[[], Document]
    versions: Callable[[], Document]


def bind(app: application.Application) -> Uses:
    """The use cases of a started application."""
    shelf = knowledge.shelf(app)
    desk = form.desk(app)
    library = questionnaires.library(app)
    return Uses(
        discovery=partial(hook.discovery, app),
        answer=partial(hook.answer, app),
        submit=partial(evaluate.submit, app),
        guide=partial(evaluate.guide, app),
        validate=partial(validate.validate, library),
        process_response=partial(process_response.process, library),
        populate=partial(populate.populate, app),
        explain=partial(explain.explain, app),
        metadata=partial(capability.metadata, app),
        artifact=partial(knowledge.read, shelf),
        artifacts=partial(knowledge.search, shelf),
        attributes=partial(attributes.of, app),
        attributes_in_force=partial(attributes.in_force, app),
        forms=partial(form.listed, desk),
        form_start=partial(form.start, desk),
        form_turn=partial(form.turn, desk),
        form_answers=partial(form.submitted, desk),
        readiness=partial(application.readiness, app),
        versions=partial(application.versions, app),
    )
