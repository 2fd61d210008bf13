"""The definitions, value sets and questionnaire of the draft that is edited, for tests against real patients."""

import functools
import json
from pathlib import Path

from cds.facts import FactDefinitions
from cds.fhir import questionnaire
from cds.fhir.questionnaire import Form
from cds.foundation import yaml
from cds.releases import facts_reader, valuesets
from cds.values.release import ValueSet

DRAFT = Path(__file__).parent.parent.parent / "cds" / "content" / "low-back-pain" / "draft"


@functools.cache
def definitions() -> FactDefinitions:
    return facts_reader.read(yaml.parse((DRAFT / "facts.yaml").read_text(encoding="utf-8"), name="facts.yaml"))


@functools.cache
def value_sets() -> dict[str, ValueSet]:
    return {path.stem: valuesets.read(json.loads(path.read_text(encoding="utf-8"))) for path in sorted((DRAFT / "valuesets").glob("*.json"))}


@functools.cache
def form() -> Form:
    return questionnaire.index(json.loads((DRAFT / "questionnaire.json").read_text(encoding="utf-8")))
