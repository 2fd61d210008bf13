"""FHIR ValueSets to the sets of codes and names that the record is searched with."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.foundation.errors import ContentError
from cds.values.release import ValueSet

INGREDIENT_NAMES = "/CodeSystem/ingredient-name"
PRODUCT_FORMS = "/CodeSystem/product-form"


def read(resource: Mapping[str, Any], *, place: str = "") -> ValueSet:
    """Codes of `compose.include` and of the expansion; ingredient names and excluded product forms apart.

    Raises ContentError, which names the file `place`, for what has not the shape of a ValueSet (FHIR R4, 4.9).
    """
    compose = _object(resource.get("compose", {}), "compose", place)
    included = list(_concepts(compose, "include", place))
    excluded = list(_concepts(compose, "exclude", place))
    expansion = _object(resource.get("expansion", {}), "expansion", place)
    expanded = [_pair(one, one, "expansion.contains", place) for one in _objects(expansion, "contains", place)]
    return ValueSet(
        name=_text(resource, "id", "ValueSet", place),
        codes=frozenset(pair for pair in included + expanded if not pair[0].endswith(INGREDIENT_NAMES)),
        names=tuple(sorted(code for system, code in included if system.endswith(INGREDIENT_NAMES))),
        excluded_words=tuple(sorted(code for system, code in excluded if system.endswith(PRODUCT_FORMS))),
    )


def _concepts(compose: Mapping[str, Any], key: str, place: str) -> Iterator[tuple[str, str]]:
    for include in _objects(compose, key, place):
        for concept in _objects(include, "concept", place):
            yield _pair(include, concept, f"compose.{key}", place)


def _pair(of_system: Mapping[str, Any], of_code: Mapping[str, Any], where: str, place: str) -> tuple[str, str]:
    return _text(of_system, "system", where, place), _text(of_code, "code", where, place)


def _text(holder: Mapping[str, Any], key: str, where: str, place: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value:
        raise ContentError(f"{where} has no {key}, or one that is not text. Write it as FHIR has it.", expression=place)
    return value


def _objects(holder: Mapping[str, Any], key: str, place: str) -> list[Mapping[str, Any]]:
    values = holder.get(key, [])
    if not isinstance(values, list):
        raise ContentError(f"{key} is not a list. Write it as FHIR has it.", expression=place)
    return [_object(value, key, place) for value in values]


def _object(value: Any, where: str, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContentError(f"{where} is not a JSON object. Write it as FHIR has it.", expression=place)
    return value
