"""A release folder to a Release: from its sources while it is written, from `compiled.json` once it is sealed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cds.dmn.formats import yaml as tables
from cds.foundation.errors import ContentError
from cds.foundation.yaml import Document
from cds.releases import cards_reader, facts_reader, texts, valuesets
from cds.releases.documents import ENGLISH, Documents, authored, compiled, read, require_valid
from cds.releases.manifests import verified
from cds.values.release import EvidenceEntry, Reference, Release, ValueSet


def sealed(folder: Path, *, name: str, status: str, language: str = ENGLISH) -> Release:
    """The sealed release in `folder`; ContentError when one byte of a file is not the one that the manifest names."""
    manifest, digest = verified(folder)
    return _release(folder, compiled(folder), language, name=name, version=manifest["version"], digest=digest, status=status)


def draft(folder: Path, *, name: str, documents: Documents | None = None, language: str = ENGLISH) -> Release:
    """The release as its sources stand; never served. ContentError names file, line, rule and cell.

    `documents` are the sources where they were read already.
    """
    return _release(folder, documents or authored(folder), language, name=name, version="draft", digest="", status="draft")


def form(folder: Path) -> Mapping[str, Any]:
    """The Questionnaire of a release folder as it was written, in English."""
    questionnaire = json_file(folder / "questionnaire.json", folder)
    require_valid("questionnaire", Document("questionnaire.json", questionnaire))
    return questionnaire


def _release(folder: Path, sources: Documents, language: str, *, name: str, version: str, digest: str, status: str) -> Release:
    documents, questionnaire = texts.worded(sources, form(folder), language)
    facts = facts_reader.read(documents.facts)
    return Release(
        name=name,
        version=version,
        digest=digest,
        status=status,
        approved=False,
        facts=facts,
        model=tables.read_model(documents.wiring, documents.tables, facts.facts),
        cards=cards_reader.read(documents.cards, questionnaire),
        evidence={entry["key"]: _evidence(entry) for entry in documents.evidence.value["evidence"]},
        references={entry["id"]: _reference(entry) for entry in documents.evidence.value["references"]},
        questionnaire=questionnaire,
        value_sets={path.stem: _value_set(path, folder) for path in sorted((folder / "valuesets").glob("*.json"))},
        language=language,
        languages=texts.languages(sources),
    )


def _value_set(path: Path, folder: Path) -> ValueSet:
    return valuesets.read(json_file(path, folder), place=str(path.relative_to(folder)))


def json_file(path: Path, folder: Path) -> Mapping[str, Any]:
    """A JSON object of the release."""
    try:
        value = json.loads(read(path, folder))
    except json.JSONDecodeError as error:
        raise ContentError("The file is not JSON.", expression=f"{path.relative_to(folder)}:{error.lineno}") from error
    except RecursionError as error:
        raise ContentError("The file is nested too deep.", expression=str(path.relative_to(folder))) from error
    if not isinstance(value, dict):
        raise ContentError("The file is not a JSON object.", expression=str(path.relative_to(folder)))
    return value


def _evidence(entry: Mapping[str, Any]) -> EvidenceEntry:
    return EvidenceEntry(entry["key"], entry["topic"], entry["certainty"], entry["strength"], tuple(entry["refs"]))


def _reference(entry: Mapping[str, Any]) -> Reference:
    return Reference(entry["id"], entry["citation"], entry["locator"], entry["verification"])
