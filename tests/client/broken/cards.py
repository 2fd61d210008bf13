"""Services whose cards are wrong: rows A2, A3, F and I5."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.client.broken.between import SERVICES, Came, Fault, Goes, Json

ONE = "00000000-0000-4000-8000-00000000000a"
TWO = "00000000-0000-4000-8000-00000000000b"


def _answers(change: Callable[[Json], Json]) -> Fault:
    """Every 200 of a call is changed."""
    return Fault(after=lambda came, goes: goes.carrying(change(goes.document)) if came.is_call and goes.status == 200 else goes)


def _each(parts: Callable[[Json], Iterator[Json]], change: Callable[[Json], None]) -> Fault:
    """Each such part of an answer is changed in place."""

    def changed(answer: Json) -> Json:
        for part in list(parts(answer)):
            change(part)
        return answer

    return _answers(changed)


def _cards(answer: Json) -> Iterator[Json]:
    yield from answer["cards"]


def _sources(answer: Json) -> Iterator[Json]:
    yield from (card["source"] for card in answer["cards"])


def _within(name: str) -> Callable[[Json], Iterator[Json]]:
    def parts(answer: Json) -> Iterator[Json]:
        for card in answer["cards"]:
            yield from card.get(name, ())

    return parts


def _actions(answer: Json) -> Iterator[Json]:
    for suggestion in _within("suggestions")(answer):
        yield from suggestion["actions"]


def _resources(answer: Json) -> Iterator[Json]:
    yield from (action["resource"] for action in _actions(answer))


def _set(**members: Any) -> Callable[[Json], None]:
    return lambda part: part.update(members)


def _drop(name: str) -> Callable[[Json], None]:
    return lambda part: part.pop(name, None)


def _empty(came: Came, goes: Goes) -> Goes:
    """An empty list in each card, and an empty object in each entry of discovery."""
    if came.path == SERVICES and goes.status == 200 and came.method == "GET":
        return goes.carrying({"services": [{**one, "extension": {}} for one in goes.document["services"]]})
    if came.is_call and goes.status == 200:
        return goes.carrying({"cards": [{"suggestions": [], **card} for card in goes.document["cards"]]})
    return goes


def _deletes(action: Json) -> None:
    action.pop("resource")
    action.update(type="delete", resource="ServiceRequest/1")


def _recommends(card: Json) -> None:
    if offered := card.get("suggestions"):
        offered.append({**offered[0], "uuid": TWO})
        card["selectionBehavior"] = "at-most-one"
        for one in offered:
            one["isRecommended"] = True


def _acts(answer: Json) -> Json:
    order = {"resourceType": "Communication", "status": "completed"}
    return {**answer, "systemActions": [{"type": "create", "description": "Done without asking", "resource": order}]}


FAULTS: Mapping[str, Fault] = {
    "A2": Fault(after=_empty),
    "A3": _each(_resources, _drop("resourceType")),
    "F1": _answers(lambda answer: {"card": answer["cards"]}),
    "F3": _each(_cards, _set(uuid=ONE)),
    "F4": _each(_cards, _set(summary="s" * 140)),
    "F5": _each(_cards, lambda card: card.update(detail=card.get("detail", "") + "\n\n<img src='https://example.org/a.png'>")),
    "F6": _each(_cards, _set(indicator="hard-stop")),
    "F7": _each(_sources, _drop("label")),
    "F8": _each(_sources, lambda source: source["topic"].pop("system")),
    "F9": _each(_cards, _drop("selectionBehavior")),
    "F10": _each(_cards, _recommends),
    "F11": _each(_within("suggestions"), _drop("label")),
    "F13": _each(_within("suggestions"), _set(actionSelectionBehavior="all")),
    "F14": _each(_actions, _drop("description")),
    "F15": _each(_actions, _drop("resource")),
    "F16": _each(_actions, _deletes),
    "F17": _each(_within("overrideReasons"), _drop("display")),
    "F19": _each(_within("links"), _set(type="web")),
    "F20": _each(_within("links"), _set(appContext="patient")),
    "F21": _each(_within("links"), _set(autolaunchable="true")),
    "F22": _answers(_acts),
    "I5": _each(_cards, _set(extension=["a list"])),
}
