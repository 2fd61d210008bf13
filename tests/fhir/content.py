"""The definitions, value sets and questionnaire of the draft that is edited, for tests against real patients."""

import functools
import json
from pathlib import Path
from typing import Any

from cds.facts import FactDefinitions, Record, Value
from cds.fhir import questionnaire, record
from cds.fhir.questionnaire import Form
from cds.foundation import yaml
from cds.releases import facts_reader, valuesets
from cds.values.release import ValueSet
from tests.fhir import samples

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


NOTHING: dict[str, Any] = {key: None for key in definitions().prefetch if key != "response"}


def read(**resources: Any) -> Record:
    """What the record of the sample patient says of the draft's facts; keys that are not given were asked and hold nothing."""
    return record.read(NOTHING | resources, definitions(), value_sets(), subject=samples.PATIENT, at=samples.AT)


def said(told: Record, name: str) -> Value | None:
    """The record's value of a fact; None when it says nothing."""
    return told.values[name].value if name in told.values else None
