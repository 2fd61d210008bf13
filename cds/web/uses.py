"""The use cases that routes call, bound to one running application, so that routes know names and types and no more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from cds.service import application, attributes, evaluate, explain, hook, knowledge

Document = dict[str, Any]


@dataclass(frozen=True)
class Uses:
    """What the web can ask for. Each raises the meanings of `cds.foundation.errors`."""

    discovery: Callable[[], Document]
    answer: Callable[[str, bytes], Document]
    submit: Callable[[bytes], Document]
    explain: Callable[[str], Document]
    artifact: Callable[[str, str, str | None], Document]
    artifacts: Callable[[str, Iterable[tuple[str, str]], bool], Document]
    attributes: Callable[[str, str], Document]
    attributes_in_force: Callable[[], Document]
    readiness: Callable[[], Document]
    versions: Callable[[], Document]


def bind(app: application.Application) -> Uses:
    """The use cases of a started application."""
    shelf = knowledge.shelf(app)
    return Uses(
        discovery=partial(hook.discovery, app),
        answer=partial(hook.answer, app),
        submit=partial(evaluate.submit, app),
        explain=partial(explain.explain, app),
        artifact=partial(knowledge.read, shelf),
        artifacts=partial(knowledge.search, shelf),
        attributes=partial(attributes.of, app),
        attributes_in_force=partial(attributes.in_force, app),
        readiness=partial(application.readiness, app),
        versions=partial(application.versions, app),
    )
