"""What a release says, by language: the texts files put back into its documents, so that one reader serves every form of a release.

In English the reasons of the rules stand in their tables and the questions in questionnaire.json; another language brings its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.foundation import schemas
from cds.foundation.errors import ContentError, Diagnostic, NotFound
from cds.foundation.yaml import Document
from cds.releases import forms, placing
from cds.releases.documents import ENGLISH, Documents

GRADED = ("topic", "certainty", "strength")
ELSEWHERE = ("reasons", "form", "questions", "evidence")
"""The parts that stand in the tables, in questionnaire.json and in evidence.yaml in English."""
NAMED = ("service", "services", "override-reasons", "clusters", "topics", "summaries", "headings", "sentences", "recommendations", "facts", "shown")
"""The parts whose keys cards.yaml or facts.yaml names."""
Paths = frozenset[tuple[str, ...]]


def languages(documents: Documents) -> tuple[str, ...]:
    """The languages of a release, English first; one whose texts stand in cards.yaml has English only."""
    return (ENGLISH, *sorted(documents.texts.keys() - {ENGLISH}))


def worded(documents: Documents, form: Mapping[str, Any], language: str) -> tuple[Documents, Mapping[str, Any]]:
    """Documents and Questionnaire with the texts of the language in their places.

    NotFound for a language that the release does not have, ContentError with every text that the language lacks.
    """
    if language not in languages(documents):
        held = ", ".join(languages(documents))
        raise NotFound(
            f"A release has no texts in the language asked for; it has {held}. Set CDS_LANGUAGE to one of these.", expression="CDS_LANGUAGE"
        )
    if not documents.texts:
        return documents, form
    told = tuple(lacking(documents, form, language))
    if told:
        raise ContentError(f"texts/{language}.yaml lacks {len(told)} texts.", more=told)
    said = documents.texts[language]
    placed = placing.placed(documents, said.value)
    _require_valid(placed.cards, said)
    return placed, forms.worded(form, said.value, language) if language != ENGLISH else form


def _require_valid(cards: Document, said: Document) -> None:
    """The schema of cards knows the places that each phrase must have; a breach is told where the text stands."""
    found = schemas.problems("cards", cards.value)
    if found:
        told = tuple(
            Diagnostic("error", "structure", one.text, (said if path and path[0] in placing.WHOLE else cards).place(*path)) for path, one in found
        )
        raise ContentError(f"{said.name} does not fit cards.yaml in {len(told)} places.", more=told)


def lacking(documents: Documents, form: Mapping[str, Any], language: str) -> Iterator[Diagnostic]:
    """Every text that the release shows and the language does not have."""
    given = paths(documents.texts[language].value)
    for path in sorted(_wanted(documents, form, language) - given):
        yield _finding(f"The text {' / '.join(path)} is not there.", documents.texts[language], path)


def surplus(documents: Documents, form: Mapping[str, Any], language: str) -> Iterator[Diagnostic]:
    """Every text of the language that the release shows nowhere."""
    denied = {("facts", entry["name"], "denied") for entry in documents.facts.value["facts"]}
    known = _asked(documents) | denied if language == ENGLISH else paths(catalogue(documents, form))
    for path in sorted(paths(documents.texts[language].value) - known):
        if language != ENGLISH or path[0] in NAMED:
            yield _finding(f"The text {' / '.join(path)} is shown nowhere.", documents.texts[language], path)


def catalogue(documents: Documents, form: Mapping[str, Any]) -> dict[str, Any]:
    """Every text of the release in English: what a translator gets, and what the file of another language must hold."""
    reasons = {rule["id"]: rule["because"] for table in documents.tables.values() for rule in table.value["rules"]}
    evidence = {entry["key"]: {part: entry[part] for part in GRADED} for entry in documents.evidence.value["evidence"]}
    return {**documents.texts[ENGLISH].value, "evidence": evidence, "reasons": reasons, **forms.texts(form)}


def paths(texts: Any, *above: str) -> Paths:
    """Where the texts stand."""
    if isinstance(texts, str):
        return frozenset({above})
    return frozenset(path for name, part in texts.items() for path in paths(part, *above, name))


def _wanted(documents: Documents, form: Mapping[str, Any], language: str) -> Paths:
    return _asked(documents) if language == ENGLISH else paths(catalogue(documents, form))


def _asked(documents: Documents) -> Paths:
    """The texts that the structure names."""
    cards, facts = documents.cards.value, documents.facts.value
    templates = [*cards["cards"], *cards.get("orders", ())]
    sections = [section for card in templates for section in card["sections"]]
    named = {
        "service": ("title", "description", "usage", "product"),
        "override-reasons": [entry["code"] for entry in cards["override-reasons"]],
        "clusters": [entry["name"] for entry in cards["clusters"]],
        "topics": cards["topics"],
        "summaries": [variant["say"] for card in templates for variant in card["summaries"]],
        "headings": [section["heading"] for section in sections],
        "sentences": [*(section["phrase"] for section in sections if "phrase" in section), *_not_judged(cards)],
        "recommendations": [entry["code"] for entry in cards["recommendations"]],
        "shown": [entry["name"] for entry in facts.get("shown", ())],
    }
    labels = {("facts", entry["name"], "label") for entry in facts["facts"]}
    services = {("services", entry["hook"], part) for entry in cards.get("services", ()) for part in ("title", "description")}
    return frozenset((part, key) for part, keys in named.items() for key in keys) | labels | services | {("reason",)}


def _not_judged(cards: Mapping[str, Any]) -> Iterator[str]:
    return (check["not-judged"]["say"] for check in cards.get("orders", ()) if "not-judged" in check)


def _finding(text: str, document: Document, path: tuple[str, ...]) -> Diagnostic:
    return Diagnostic("error", "business-rule", text, document.place(*path))
