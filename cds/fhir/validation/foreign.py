"""A response to a Questionnaire that was not released here: sent with it, contained in it, or nowhere to be had.

The texts of the rules name an item by its linkId, and those of our releases hold no secret. A linkId that a caller sends is
not repeated: form and response are compared under the places of the items in the Questionnaire, and a text names those.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from cds.fhir import concepts, expansions, limits, questionnaire, responses
from cds.fhir.expansions import Expansions
from cds.fhir.questionnaire import Form
from cds.fhir.validation import models, modified, questionnaires, rules
from cds.fhir.validation import response as validation
from cds.foundation.errors import Diagnostic

_ROOT = "QuestionnaireResponse"
_NAME = "Questionnaire"
_UNKNOWN = "unknown"
_TELLING = frozenset(
    {"invalidUnit", "attachmentType", "attachmentSize", "invalidRefType", "minCount", "maxCount", "minValue", "maxValue", "maxDecimalPlaces"}
    | {"minLength", "maxLength"}
)
"""Rules whose texts have codes or bounds of the Questionnaire in them."""
_EXPRESSIONS = frozenset(
    {"targetConstraint", "questionnaire-constraint", "cqf-expression", "cqf-calculatedValue"}
    | {url.rpartition("/")[2] for url in questionnaires.VALUES}
    | {f"sdc-questionnaire-{name}" for name in ("enableWhenExpression", "calculatedExpression", "answerExpression", "answerOptionsToggleExpression")}
)
"""Extensions with expressions, as HL7 names them."""


def problems(response: Mapping[str, Any], sent: Mapping[str, Any], held: Expansions, *, at: datetime) -> list[Diagnostic]:
    """What is wrong with the Questionnaire, and if nothing is, what is wrong with the response.

    The value sets are those that are held here, that the Questionnaire contains, and that stand beside it where the response contains it.
    """
    status = response.get("status")
    unfit = questionnaires.problems(sent)
    if unfit:
        return [*unfit, *rules.broken("notChecked", status, "Not checked, because its Questionnaire has errors. Correct those first.", _ROOT)]
    names = {concepts.text(one.item["linkId"]): one.place for one in questionnaires.placed(sent)}
    beside = response if sent is contained(response) else {}
    form = _nameless(questionnaire.index(_renamed(sent, names), {**held, **dict(expansions.contained(beside))}))
    found = validation.validate(_renamed({**response, **_named(response)}, names), form, at=at)
    return [*_mismatch(response, sent), *map(_reticent, found)]


def alone(response: Mapping[str, Any]) -> list[Diagnostic]:
    """What FHIR R4 asks of a response whose Questionnaire nobody has; its items are compared with nothing."""
    if limits.exceeds(response, limits.MAX_NODES):
        return [Diagnostic("error", "too-long", f"More than {limits.MAX_NODES} objects, lists and values. Send the answers only.", _ROOT)]
    text = "Its items were compared with no questionnaire: only the structure of FHIR R4 was checked."
    return [*models.problems(response, _ROOT), *modified.check(response), *rules.broken("notChecked", response.get("status"), text, _ROOT)]


def contained(response: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The Questionnaire in the response that its `questionnaire` refers to by `#` and an id."""
    named = concepts.text(response.get("questionnaire"))
    held = [one for one in concepts.objects(response.get("contained")) if one.get("resourceType") == _NAME]
    return next((one for one in held if named.startswith("#") and one.get("id") == named[1:]), None)


def _named(response: Mapping[str, Any]) -> dict[str, str]:
    """The canonical by the name that the form has here; one that is no text stays for the models to refuse."""
    return {"questionnaire": _NAME} if isinstance(response.get("questionnaire", ""), str) else {}


def _mismatch(response: Mapping[str, Any], sent: Mapping[str, Any]) -> Iterator[Diagnostic]:
    named, status, place = concepts.text(response.get("questionnaire")), response.get("status"), f"{_ROOT}.questionnaire"
    url, version = responses.canonical_of(named)
    if not named:
        yield from rules.broken("questionnaireNotFound", status, "The questionnaire is not named. Send its canonical.", place)
    elif named.startswith("#"):
        return
    elif "url" not in sent:
        text = "The Questionnaire sent with the response has no url, so that nobody can tell whether it is the one that is named."
        yield from rules.broken("notChecked", status, text, place)
    elif url != sent["url"] or (version and version != sent.get("version")):
        text = "Not the Questionnaire that was sent with the response. Send that which the response names, in that version."
        yield from rules.broken("questionnaireNotFound", status, text, place)


def _nameless(form: Form) -> Form:
    """The form by a canonical of our own, without the names of extensions that are not known."""
    items = {name: dataclasses.replace(item, unjudged=_known(item.unjudged)) for name, item in form.items.items()}
    return dataclasses.replace(form, url=_NAME, version="", items=items, unjudged=_known(form.unjudged))


def _known(extensions: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name if name in _EXPRESSIONS else "of another extension" for name in extensions))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The items with the places of the Questionnaire for linkIds; an unknown one that looks like a place is no place."""
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, Mapping):
        return value
    changed = {name: _renamed(value[name], names) for name in ("item", "answer", "enableWhen") if name in value}
    return {**value, **changed, **{name: _name(value[name], names) for name in ("linkId", "question") if name in value}}


def _name(link_id: object, names: Mapping[str, str]) -> object:
    if not isinstance(link_id, str):
        return link_id
    return names.get(link_id, _UNKNOWN if link_id.startswith(_NAME) else link_id)


def _reticent(found: Diagnostic) -> Diagnostic:
    """Without what the Questionnaire says."""
    if found.rule not in _TELLING:
        return found
    return dataclasses.replace(found, text=f"{rules.RULES[found.rule].meaning}. The Questionnaire says what is taken.")
