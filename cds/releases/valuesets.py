"""FHIR ValueSets to the sets of codes and names that the record is searched with."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.values.release import ValueSet

INGREDIENT_NAMES = "/CodeSystem/ingredient-name"
PRODUCT_FORMS = "/CodeSystem/product-form"


def read(resource: Mapping[str, Any]) -> ValueSet:
    """Codes of `compose.include` and of the expansion; ingredient names and excluded product forms apart."""
    compose = resource.get("compose", {})
    included = list(_concepts(compose.get("include", ())))
    excluded = list(_concepts(compose.get("exclude", ())))
    expanded = [(one["system"], one["code"]) for one in resource.get("expansion", {}).get("contains", ())]
    return ValueSet(
        name=resource["id"],
        codes=frozenset(pair for pair in included + expanded if not pair[0].endswith(INGREDIENT_NAMES)),
        names=tuple(sorted(code for system, code in included if system.endswith(INGREDIENT_NAMES))),
        excluded_words=tuple(sorted(code for system, code in excluded if system.endswith(PRODUCT_FORMS))),
    )


def _concepts(includes: Any) -> Iterator[tuple[str, str]]:
    for include in includes:
        for concept in include.get("concept", ()):
            yield include["system"], concept["code"]
