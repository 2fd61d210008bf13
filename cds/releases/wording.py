"""Checks the texts of a release in all its languages: none lacks, none is shown nowhere, and each has the places of the English one."""

import string
from collections.abc import Iterator, Mapping
from typing import Any

from cds.foundation.errors import ContentError, Diagnostic
from cds.releases import texts
from cds.releases.documents import ENGLISH, Documents


def findings(documents: Documents, form: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Every finding of every language; a release whose texts stand in cards.yaml has none of these."""
    if documents.texts:
        yield from _stray(documents)
    for language in texts.languages(documents) if documents.texts else ():
        yield from _fit(documents, form, language)
        yield from texts.surplus(documents, form, language)
        yield from _places(documents, form, language)


def _stray(documents: Documents) -> Iterator[Diagnostic]:
    """What does not stand where it belongs: labels in facts.yaml, and in the English texts what English has elsewhere."""
    english, facts = documents.texts[ENGLISH], documents.facts
    for part in texts.ELSEWHERE:
        if part in english.value:
            text = f"In English the {part} stand in their own documents. Take them out here."
            yield Diagnostic("error", "business-rule", text, english.place(part))
    for part in ("facts", "shown"):
        for index, entry in enumerate(facts.value.get(part, ())):
            if {"label", "denied"} & entry.keys():
                text = f"{entry['name']} is named here. Put its label into texts/{ENGLISH}.yaml, under {part}."
                yield Diagnostic("error", "business-rule", text, facts.place(part, index))


def _fit(documents: Documents, form: Mapping[str, Any], language: str) -> Iterator[Diagnostic]:
    try:
        texts.worded(documents, form, language)
    except ContentError as error:
        yield from error.diagnostics()


def _places(documents: Documents, form: Mapping[str, Any], language: str) -> Iterator[Diagnostic]:
    """A text that drops a place would not say what the English one says: a time limit, a date, a name."""
    english, said = texts.catalogue(documents, form), documents.texts[language]
    for path in sorted(texts.paths(english) & texts.paths(said.value)):
        if _named(english, path) != _named(said.value, path):
            asked = ", ".join(sorted(_named(english, path))) or "none"
            yield Diagnostic("error", "business-rule", f"The text {' / '.join(path)} has other places than in English: {asked}.", said.place(*path))


def _named(said: Any, path: tuple[str, ...]) -> set[str]:
    for part in path:
        said = said[part]
    return {name for _, name, _, _ in string.Formatter().parse(said) if name}
