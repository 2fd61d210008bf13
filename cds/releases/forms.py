"""The texts of a Questionnaire: taken out by linkId and code, and put back in another language."""

from collections.abc import Iterator, Mapping
from typing import Any

HEAD = ("title", "description")
UNITS = "/questionnaire-unit"


def texts(form: Mapping[str, Any]) -> dict[str, Any]:
    """`form` (title, description, units by code) and `questions` (text and options by linkId), as a texts file has them."""
    units = {unit["code"]: unit["display"] for item in _items(form) for unit in _units(item)}
    return {
        "form": {name: form[name] for name in HEAD if name in form} | {"units": units},
        "questions": {item["linkId"]: _said(item) for item in _items(form)},
    }


def worded(form: Mapping[str, Any], said: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The Questionnaire in the language of the texts; codes, conditions and versions stay."""
    return {**form, **{name: text for name, text in said["form"].items() if name in HEAD}, "language": language, "item": _worded(form, said)}


def _items(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in item.get("item", ()):
        yield child
        yield from _items(child)


def _units(item: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    return (one["valueCoding"] for one in item.get("extension", ()) if UNITS in one["url"] and "display" in one.get("valueCoding", {}))


def _said(item: Mapping[str, Any]) -> dict[str, Any]:
    options = {option["valueCoding"]["code"]: option["valueCoding"]["display"] for option in item.get("answerOption", ()) if "valueCoding" in option}
    return ({"text": item["text"]} if "text" in item else {}) | ({"options": options} if options else {})


def _worded(item: Mapping[str, Any], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_item(child, said) for child in item["item"]]


def _item(item: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    own = said["questions"][item["linkId"]]
    parts: dict[str, Any] = {"text": own["text"]} if "text" in own else {}
    if "answerOption" in item:
        parts["answerOption"] = [_coding(option, "valueCoding", own.get("options", {})) for option in item["answerOption"]]
    if "extension" in item:
        parts["extension"] = [_coding(one, "valueCoding", said["form"]["units"]) if UNITS in one["url"] else one for one in item["extension"]]
    if "enableWhen" in item:
        parts["enableWhen"] = [_coding(one, "answerCoding", said["questions"][one["question"]].get("options", {})) for one in item["enableWhen"]]
    if "item" in item:
        parts["item"] = _worded(item, said)
    return {**item, **parts}


def _coding(holder: Mapping[str, Any], member: str, words: Mapping[str, str]) -> dict[str, Any]:
    """The element with the display of its Coding in the words of the language, where it has a Coding with a display."""
    coding = holder.get(member, {})
    return {**holder, member: coding | {"display": words[coding["code"]]}} if "display" in coding else dict(holder)
