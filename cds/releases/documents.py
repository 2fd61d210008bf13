"""The documents of one release folder: authored YAML, or the compiled form that the service loads."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cds.foundation import canonical, schemas, yaml
from cds.foundation.errors import ContentError, Diagnostic
from cds.foundation.yaml import Document

COMPILED = "compiled.json"
MANIFEST = "manifest.json"
WIRING = "decisions/model.yaml"
TEXTS = "texts"
ENGLISH = "en"
PARTS = ("facts", "cards", "evidence")


@dataclass(frozen=True)
class Documents:
    """Facts, cards, evidence, the wiring of the decisions, the tables by name and the texts by language, before they are given types.

    Releases sealed before there were languages have no texts of their own: theirs stand in cards.yaml.
    """

    facts: Document
    cards: Document
    evidence: Document
    wiring: Document
    tables: Mapping[str, Document]
    texts: Mapping[str, Document] = field(default_factory=dict)

    def compiled(self) -> bytes:
        """The canonical bytes of `compiled.json`."""
        parts = {name: getattr(self, name).value for name in (*PARTS, "wiring")}
        texts = {"texts": {language: document.value for language, document in self.texts.items()}} if self.texts else {}
        return canonical.dumps(parts | texts | {"tables": {name: table.value for name, table in self.tables.items()}})


def authored(folder: Path) -> Documents:
    """Reads the YAML of a release folder; every fault names file and line."""
    facts, cards, evidence = (_yaml(folder / f"{name}.yaml", folder) for name in PARTS)
    wiring = _yaml(folder / WIRING, folder)
    tables = {}
    for path in sorted((folder / "decisions").glob("*.yaml")):
        if path != folder / WIRING:
            tables[path.stem] = _yaml(path, folder)
            _require_name(tables[path.stem], path.stem)
    documents = Documents(facts, cards, evidence, wiring, tables, _texts(folder))
    require_all_valid(documents)
    return documents


def _texts(folder: Path) -> dict[str, Document]:
    """The texts by language. Where there are any there must be English ones: they say which others there have to be."""
    stems = {path.stem for path in (folder / TEXTS).glob("*.yaml")}
    return {stem: _yaml(folder / TEXTS / f"{stem}.yaml", folder) for stem in sorted(stems and stems | {ENGLISH})}


def require_all_valid(documents: Documents) -> None:
    """Raises ContentError with the breaches of the first document that breaks its schema."""
    for name in PARTS:
        require_valid(name, getattr(documents, name))
    require_valid("decision-model", documents.wiring)
    for texts in documents.texts.values():
        require_valid("texts", texts)
    for table in documents.tables.values():
        _require_text(table)
        require_valid("decision-table", table)


def _require_text(table: Document) -> None:
    """YAML reads an unquoted `[14..21]` as a list; every cell must be text. Any other wrong shape is left to the schema."""
    rules = table.value.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        for column, cell in _cells(rule):
            if not isinstance(cell, str):
                text = f"Rule {rule.get('id')}, cell {column}: not text. Quote cells with brackets."
                raise ContentError(text, expression=table.place("rules", index))


def _cells(rule: Any) -> Iterator[tuple[str, Any]]:
    for part in ("when", "then") if isinstance(rule, dict) else ():
        alternatives = rule.get(part) if isinstance(rule.get(part), list) else [rule.get(part)]
        for cells in alternatives:
            if isinstance(cells, dict):
                yield from cells.items()


def compiled(folder: Path) -> Documents:
    """Reads `compiled.json`; its places are documents, without lines."""
    text = read(folder / COMPILED, folder)
    try:
        parts: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContentError("Not JSON. Seal the release again from its sources.", expression=COMPILED) from error
    tables = {name: Document(f"decisions/{name}.yaml", table) for name, table in parts["tables"].items()}
    facts, cards, evidence, wiring = (Document(f"{name}.yaml", parts[name]) for name in (*PARTS, "wiring"))
    texts = {language: Document(f"{TEXTS}/{language}.yaml", said) for language, said in parts.get("texts", {}).items()}
    return Documents(facts, cards, evidence, wiring, tables, texts)


def read(path: Path, folder: Path) -> str:
    """The text of a file of the release; ContentError names it when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError("The file is missing or cannot be read as UTF-8.", expression=str(path.relative_to(folder))) from error


def require_valid(schema: str, document: Document) -> None:
    """Raises ContentError with every breach of `schemas/<schema>.schema.json` and its line."""
    found = schemas.problems(schema, document.value)
    if found:
        told = tuple(Diagnostic("error", "structure", f"{_rule(document, path)}{problem.text}", document.place(*path)) for path, problem in found)
        raise ContentError(f"{document.name} breaks {schema}.schema.json in {len(told)} places.", more=told)


def _rule(document: Document, path: tuple[str | int, ...]) -> str:
    match path:
        case ("rules", int(index), *_) if isinstance(document.value["rules"][index], dict):
            return f"Rule {document.value['rules'][index].get('id')}: "
    return ""


def _yaml(path: Path, folder: Path) -> Document:
    return yaml.parse(read(path, folder), name=str(path.relative_to(folder)))


def _require_name(document: Document, stem: str) -> None:
    named = document.value.get("decision") if isinstance(document.value, dict) else None
    if named != stem:
        raise ContentError(f"The file {stem}.yaml must hold the decision {stem}. Rename one of them.", expression=document.place("decision"))
