"""The texts of a release by language: one release from either form, and no language that lacks a text or has one too many."""

import json
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import ContentError, NotFound
from cds.releases import catalogue, checking, documents, loading, sealing, texts
from cds.values.release import Release
from tests.releases import knees, languages


@pytest.fixture
def keyed(draft: Path) -> Path:
    """The invented release with its texts in a file of their own."""
    languages.key(draft)
    return draft


@pytest.fixture
def bilingual(keyed: Path) -> Path:
    """The same with a second language."""
    languages.add_pseudo(keyed)
    return keyed


def changed(folder: Path, language: str, change: Any) -> None:
    """Applies a change to the texts of a language."""
    said = languages.read(folder, language)
    change(said)
    languages.write(folder, language, said)


def told(folder: Path) -> list[tuple[str, str]]:
    """Each finding with the file that it names."""
    return [(one.text, (one.expression or "").split(":")[0]) for one in checking.check(folder)]


def parts(release: Release) -> tuple[Any, ...]:
    """What of a release depends on its form."""
    return release.cards, release.facts, release.evidence, release.model, release.questionnaire


def test_both_forms_give_the_same_release(draft: Path) -> None:
    before = loading.draft(draft, name=knees.NAME)
    languages.key(draft)
    assert parts(loading.draft(draft, name=knees.NAME)) == parts(before)
    assert "Sore knee" not in (draft / "cards.yaml").read_text(encoding="utf-8")
    assert checking.check(draft) == []


def test_a_release_without_a_file_of_texts_is_english_and_compiles_as_before(draft: Path) -> None:
    release = loading.draft(draft, name=knees.NAME)
    assert (release.language, release.languages) == ("en", ("en",))
    assert "texts" not in json.loads(documents.authored(draft).compiled())["evidence"]
    assert set(json.loads(documents.authored(draft).compiled())) == {"facts", "cards", "evidence", "wiring", "tables"}


def test_a_sealed_release_has_all_its_languages_in_its_compiled_form(bilingual: Path) -> None:
    sealing.seal(bilingual.parent, "1.0.0", day=knees.DAY, engine=knees.ENGINE)
    folder = bilingual.parent / "1.0.0"
    assert set(json.loads((folder / "compiled.json").read_bytes())["texts"]) == {"en", languages.PSEUDO}
    for language in ("en", languages.PSEUDO):
        loaded = loading.sealed(folder, name=knees.NAME, status="active", language=language)
        assert parts(loaded) == parts(loading.draft(bilingual, name=knees.NAME, language=language))
        assert (loaded.language, loaded.languages) == (language, ("en", languages.PSEUDO))


def test_another_language_changes_words_and_nothing_else(bilingual: Path) -> None:
    english, other = (loading.draft(bilingual, name=knees.NAME, language=language) for language in ("en", languages.PSEUDO))
    assert other.cards.title == languages.marked(english.cards.title)
    assert other.cards.cards.keys() == english.cards.cards.keys()
    assert other.model.rules()["K-1"].source.because == languages.marked(english.model.rules()["K-1"].source.because)
    assert other.model.rules()["K-1"].then == english.model.rules()["K-1"].then
    assert other.evidence["E01"].certainty == languages.marked(english.evidence["E01"].certainty)
    assert checking.check(bilingual) == []


def test_the_questionnaire_is_in_the_language_and_has_the_same_codes(bilingual: Path) -> None:
    english, other = (loading.draft(bilingual, name=knees.NAME, language=language).questionnaire for language in ("en", languages.PSEUDO))
    assert other["language"] == languages.PSEUDO
    assert coded(other) == coded(english) | {"language": languages.PSEUDO}
    assert said(other) == [languages.marked(text) for text in said(english)]


def coded(value: Any) -> Any:
    """A Questionnaire without its words."""
    if isinstance(value, dict):
        return {
            name: coded(part) for name, part in value.items() if not (isinstance(part, str) and name in ("text", "title", "description", "display"))
        }
    return [coded(part) for part in value] if isinstance(value, list) else value


def said(value: Any) -> list[str]:
    """The words of a Questionnaire, but those of code systems."""
    if isinstance(value, dict):
        own = [part for name, part in value.items() if isinstance(part, str) and name in ("text", "title", "description", "display")]
        return own + [text for name, part in value.items() if name != "code" for text in said(part)]
    return [text for part in value for text in said(part)] if isinstance(value, list) else []


@pytest.mark.parametrize("language", ["fr", "en-US"])
def test_a_language_that_a_release_does_not_have_is_refused(bilingual: Path, language: str) -> None:
    with pytest.raises(NotFound, match="it has en, en-XA. Set CDS_LANGUAGE"):
        loading.draft(bilingual, name=knees.NAME, language=language)


def test_a_release_of_the_old_form_has_english_only(condition: Path) -> None:
    with pytest.raises(NotFound, match="it has en. Set CDS_LANGUAGE"):
        catalogue.load(condition.parent, catalogue.entries(condition.parent, knees.NAME)[0], language="fr")


LACKING = [
    (("service", "usage"), "service / usage"),
    (("headings", "text-0"), "headings / text-0"),
    (("summaries", "text-0"), "summaries / text-0"),
    (("clusters", "text-0"), "clusters / text-0"),
    (("recommendations", "KNEE_PHYSIO"), "recommendations / KNEE_PHYSIO"),
    (("override-reasons", "other"), "override-reasons / other"),
    (("topics", "emergency"), "topics / emergency"),
]
ELSEWHERE = [
    (("texts", "F-2", "clinician"), "texts / F-2 / clinician"),
    (("phrases", "denied"), "phrases / denied"),
    (("reasons", "K-1"), "reasons / K-1"),
    (("questions", "age", "text"), "questions / age / text"),
    (("questions", "swelling", "options", "yes"), "questions / swelling / options / yes"),
    (("form", "title"), "form / title"),
]


def without(path: tuple[str, ...]) -> Any:
    """A change that takes one text away."""

    def change(said: Any) -> None:
        *above, last = path
        for part in above:
            said = said[part]
        del said[last]

    return change


@pytest.mark.parametrize(("path", "name"), LACKING, ids=[name for _, name in LACKING])
def test_a_text_that_english_lacks_is_named(keyed: Path, path: tuple[str, ...], name: str) -> None:
    changed(keyed, "en", without(path))
    assert told(keyed) == [(f"The text {name} is not there.", "texts/en.yaml")]
    with pytest.raises(ContentError, match="lacks 1 texts"):
        loading.draft(keyed, name=knees.NAME)


@pytest.mark.parametrize(("path", "name"), [*LACKING, *ELSEWHERE], ids=[name for _, name in [*LACKING, *ELSEWHERE]])
def test_a_text_that_another_language_lacks_is_named(bilingual: Path, path: tuple[str, ...], name: str) -> None:
    changed(bilingual, languages.PSEUDO, without(path))
    assert (f"The text {name} is not there.", f"texts/{languages.PSEUDO}.yaml") in told(bilingual)


@pytest.mark.parametrize("language", ["en", languages.PSEUDO])
@pytest.mark.parametrize("part", ["headings", "summaries", "clusters", "recommendations", "topics", "override-reasons"])
def test_a_text_that_is_shown_nowhere_is_named(bilingual: Path, language: str, part: str) -> None:
    changed(bilingual, language, lambda said: said[part].update({"nobody": "Nobody reads this."}))
    assert (f"The text {part} / nobody is shown nowhere.", f"texts/{language}.yaml") in told(bilingual)


@pytest.mark.parametrize("part", ["words", "texts", "questions", "reasons", "phrases"])
def test_a_text_that_only_another_language_has_is_named(bilingual: Path, part: str) -> None:
    extra: Any = {"nobody": "x"} if part in ("phrases", "reasons") else {"nobody": {"text": "x"}}
    changed(bilingual, languages.PSEUDO, lambda said: said[part].update(extra))
    assert any(text.startswith(f"The text {part} / nobody") and text.endswith("is shown nowhere.") for text, _ in told(bilingual))


def test_a_translation_that_drops_a_place_is_named(bilingual: Path) -> None:
    changed(bilingual, languages.PSEUDO, lambda said: said["phrases"].update({"hours": "ŝóóń"}))
    findings = told(bilingual)
    assert ("The text phrases / hours has other places than in English: n.", f"texts/{languages.PSEUDO}.yaml") in findings


def test_a_phrase_without_its_places_is_named_in_the_file_of_texts(keyed: Path) -> None:
    changed(keyed, "en", lambda said: said["phrases"].update({"hours": "soon"}))
    found = told(keyed)
    assert [place for _, place in found] == ["texts/en.yaml"]
    assert found[0][0].startswith("phrases.hours: ")


def test_a_text_in_cards_yaml_beside_a_file_of_texts_is_refused(keyed: Path) -> None:
    cards = json.loads((keyed / "cards.yaml").read_text(encoding="utf-8"))
    cards["recommendations"][0]["meaning"] = "Said here"
    (keyed / "cards.yaml").write_text(json.dumps(cards, indent=1), encoding="utf-8")
    assert {place for _, place in told(keyed)} == {"cards.yaml"}


def test_a_file_of_texts_of_another_shape_is_refused_at_its_line(keyed: Path) -> None:
    changed(keyed, "en", lambda said: said.update({"greetings": {"hello": "Hello"}}))
    assert {place for _, place in told(keyed)} == {"texts/en.yaml"}


def test_a_release_with_texts_but_without_english_is_refused(keyed: Path) -> None:
    (keyed / "texts" / "en.yaml").rename(keyed / "texts" / "fr.yaml")
    assert [place for _, place in told(keyed)] == ["texts/en.yaml"]


def test_the_catalogue_has_every_text_of_the_release(bilingual: Path) -> None:
    sources = documents.authored(bilingual)
    assert texts.paths(texts.catalogue(sources, loading.form(bilingual))) == texts.paths(languages.read(bilingual, languages.PSEUDO))


def test_labels_in_facts_yaml_beside_a_file_of_texts_are_named(keyed: Path) -> None:
    knees.edit(keyed / "facts.yaml", '"name": "locked"', '"name": "locked", "label": "locked knee"')
    assert told(keyed) == [("locked is named here. Put its label into texts/en.yaml, under facts.", "facts.yaml")]


@pytest.mark.parametrize("part", texts.ELSEWHERE)
def test_what_english_has_elsewhere_is_named_in_the_english_texts(bilingual: Path, part: str) -> None:
    other = languages.read(bilingual, languages.PSEUDO)
    changed(bilingual, "en", lambda said: said.update({part: other[part]}))
    assert (f"In English the {part} stand in their own documents. Take them out here.", "texts/en.yaml") in told(bilingual)
