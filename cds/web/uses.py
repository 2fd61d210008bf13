"""The use cases that routes call, bound to one running application, so that routes know names and types and no more."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from cds.service import application, attributes, evaluate, explain, hook

Document = dict[str, Any]


@dataclass(frozen=True)
class Uses:
    """What the web can ask for. Each raises the meanings of `cds.foundation.errors`."""

    discovery: Callable[[], Document]
    answer: Callable[[str, bytes], Document]
    submit: Callable[[bytes], Document]
    explain: Callable[[str], Document]
    questionnaire: Callable[[str], Document]
    attributes: Callable[[str, str], Document]
    attributes_in_force: Callable[[], Document]
    readiness: Callable[[], Document]
    versions: Callable[[], Document]


def bind(app: application.Application) -> Uses:
    """The use cases of a started application."""
    return Uses(
        discovery=partial(hook.discovery, app),
        answer=partial(hook.answer, app),
        submit=partial(evaluate.submit, app),
        explain=partial(explain.explain, app),
        questionnaire=partial(explain.questionnaire, app),
        attributes=partial(attributes.of, app),
        attributes_in_force=partial(attributes.in_force, app),
        readiness=partial(application.readiness, app),
        versions=partial(application.versions, app),
    )
