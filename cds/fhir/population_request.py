"""What a caller of `$populate` asks: which Questionnaire, for whom, and from which resources (SDC, Questionnaire/$populate).

Read as STU 3 and STU 4 of SDC write it, or a bare Bundle of the patient's resources. Nothing is fetched: what is only referred to,
or held elsewhere, is listed as not used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir import bundles, concepts
from cds.foundation.errors import Diagnostic, NotProcessable, WrongShape

PLACE = "Parameters.parameter"
_NAMING = frozenset({"identifier", "questionnaire", "canonical", "questionnaireRef"})
_HOLDERS = frozenset({"context", "launchContext"})
_CONTENT = frozenset({"content", "data"})
_ELSEWHERE = frozenset({"dataEndpoint", "local"})
_OTHER_PERSONS = frozenset({"user"})
"""Names of contexts whose content is about somebody else than the patient."""
_NAMES = ("valueUri", "valueCanonical", "valueString")


@dataclass(frozen=True)
class Asked:
    """The canonical of a Questionnaire and the reference of a subject, both empty where not given, and all resources as one Bundle.

    `whole` is a Questionnaire that was sent itself. `notes` say what was not used, and why.
    """

    canonical: str
    subject: str
    bundle: Mapping[str, Any]
    whole: bool = False
    notes: tuple[Diagnostic, ...] = ()


def read(body: Mapping[str, Any]) -> Asked:
    """Raises WrongShape for what is neither Parameters nor a Bundle, NotProcessable for parameters that contradict the operation."""
    kind = body.get("resourceType")
    if kind == "Bundle":
        return Asked("", "", _merged([body]))
    if kind != "Parameters":
        raise WrongShape("Send Parameters as $populate of SDC has them, or a Bundle of the patient's resources.", expression="resourceType")
    parameters = concepts.objects(body.get("parameter"))
    naming = [one for one in parameters if _name(one) in _NAMING]
    if len(naming) > 1:
        raise NotProcessable("The questionnaire is named more than once. Name it in one parameter: questionnaire.", expression=PLACE)
    canonical = _canonical(naming[0]) if naming else ""
    subject = _subject([one for one in parameters if _name(one) == "subject"])
    contents = list(_contents(parameters))
    whole = bool(naming) and isinstance(naming[0].get("resource"), Mapping)
    return Asked(canonical, subject, _merged(contents), whole, tuple(_notes(parameters)))


def _canonical(parameter: Mapping[str, Any]) -> str:
    """Its canonical with the version where one is given; the place in a Reference, of which the last part is an id here."""
    whole = concepts.mapping(parameter.get("resource"))
    if whole:
        url, version = concepts.text(whole.get("url")), concepts.text(whole.get("version"))
        named = f"{url}|{version}" if url and version else url
    else:
        reference = concepts.text(concepts.mapping(parameter.get("valueReference")).get("reference"))
        named = next((text for name in _NAMES if (text := concepts.text(parameter.get(name)))), reference)
    if not named:
        raise NotProcessable("The questionnaire is not named. Send its canonical as valueCanonical.", expression=PLACE)
    return named


def _subject(given: list[Mapping[str, Any]]) -> str:
    if not given:
        return ""
    reference = concepts.text(concepts.mapping(given[0].get("valueReference")).get("reference"))
    if len(given) > 1 or not reference:
        raise NotProcessable("The subject must be one valueReference with a reference to the Patient. Send it.", expression=PLACE)
    return reference


def _contents(parameters: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The resources of every content, in the order sent."""
    for one in parameters:
        if _name(one) in _CONTENT:
            yield from _resource(one)
        elif _name(one) in _HOLDERS and not _of_others(one):
            for part in concepts.objects(one.get("part")):
                yield from _resource(part)


def _resource(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    resource = concepts.mapping(holder.get("resource"))
    if resource:
        yield resource


def _of_others(context: Mapping[str, Any]) -> bool:
    parts = concepts.objects(context.get("part"))
    said = (part.get(name) for part in parts if part.get("name") == "name" for name in ("valueString", "valueCode", "valueId"))
    named = {text for text in said if isinstance(text, str)}
    coded = (concepts.mapping(part.get("valueCoding")).get("code") for part in parts if part.get("name") == "name")
    return not _OTHER_PERSONS.isdisjoint(named | {code for code in coded if isinstance(code, str)})


def _notes(parameters: list[Mapping[str, Any]]) -> Iterator[Diagnostic]:
    """What of the request is left out."""
    parts = [part for one in parameters if _name(one) in _HOLDERS for part in concepts.objects(one.get("part"))]
    held = [one for one in parameters if _name(one) in _CONTENT] + parts
    if any("valueReference" in one for one in held):
        yield _left_out("Content that is only referred to is not fetched. Send the resource itself.")
    if any(_name(one) in _ELSEWHERE and one.get("valueBoolean") is not False for one in parameters):
        yield _left_out("No record is held here and none is fetched. Send the patient's resources as content.")
    if any(_of_others(one) for one in parameters if _name(one) in _HOLDERS):
        yield _left_out("The context of the user is not read: it is not the patient's record.")
    known = _NAMING | _HOLDERS | _CONTENT | _ELSEWHERE | {"subject"}
    if any(_name(one) not in known for one in parameters):
        yield _left_out("A parameter that $populate does not have was left out.")


def _name(parameter: Mapping[str, Any]) -> str:
    return concepts.text(parameter.get("name"))


def _left_out(text: str) -> Diagnostic:
    return Diagnostic("information", "not-supported", text)


def _merged(contents: list[Mapping[str, Any]]) -> dict[str, Any]:
    """One Bundle of all entries, in the order sent; it has further pages when one of its parts is not all that there is."""
    entries: list[Any] = []
    for one in contents:
        given = one.get("entry", []) if one.get("resourceType") == "Bundle" else [{"resource": one}]
        entries += given if isinstance(given, list) else [None]
    paged = any(bundles.is_partial(one) for one in contents if one.get("resourceType") == "Bundle")
    links = {"link": [{"relation": "next", "url": "urn:next"}]} if paged else {}
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | links
