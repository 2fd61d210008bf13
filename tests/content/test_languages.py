"""Every text that a card, a note, a proposal or the form shows comes from the texts of the release: none is written in Python or in a table's words.

The releases are read in a pseudo-locale without ASCII letters. What is left in ASCII letters must be an id, a code or the name of a reference.
"""

import dataclasses
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cds.assessment import assessing
from cds.audit import ledger
from cds.dmn.model import LiteralExpression
from cds.facts import Facts, Shown, ShownDefinition
from cds.fhir import questionnaire
from cds.foundation.settings import Settings
from cds.hooks import discovery
from cds.releases import catalogue, loading
from cds.service import application
from cds.service.application import Application
from cds.values.assessment import Assessment
from cds.values.release import Release
from tests.audit import samples
from tests.content import strategies
from tests.content.conftest import CONTENT, DRAFTS
from tests.content.strategies import Story, Vocabulary
from tests.examples import asking
from tests.releases import knees, languages

RESOURCE = re.compile(r"\b[A-Z][A-Za-z]+/[A-Za-z0-9.-]+")
DIGEST = re.compile(r"sha256:[0-9a-f]*")
MARKS = re.compile(r"\[[VM](\+[VM])?\]")
TOKEN = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z][A-Za-z0-9_.-]*")
SHOWN = ("text", "display", "title", "description", "summary", "detail", "label")


def names(release: Release) -> frozenset[str]:
    """The names that stay as they are in any language: of the release, its rules, its evidence and its references, and units of readings."""
    known = {release.name, release.version, *release.model.rules(), *release.evidence, *release.references}
    known |= {part for one in release.facts.shown for unit in one.units for part in TOKEN.findall(unit)}
    return frozenset(known | {one.logic.id for one in release.model.decisions if isinstance(one.logic, LiteralExpression)})


def foreign(text: str, known: frozenset[str]) -> list[str]:
    """The words that are neither of the pseudo-locale nor a name."""
    for pattern in (RESOURCE, DIGEST, MARKS):
        text = pattern.sub("", text)
    return [token for token in TOKEN.findall(text) if token.strip(".-") not in known]


def told(assessment: Assessment) -> Iterator[str]:
    """Every text of an assessment that somebody reads."""
    yield assessment.note
    yield from (one.text for one in assessment.recommendations)
    for card in assessment.cards:
        yield from (card.summary, card.detail, card.source_label, card.topic.display, *(link.label for link in card.links))
        for one in card.suggestions:
            proposal = one.proposal
            yield from (one.label, proposal.text, proposal.reason_text, proposal.code.display, proposal.reason.display)


def strings(value: Any) -> Iterator[str]:
    """Every text of a JSON document that is there to be read; displays beside the codes of an item are those of their code systems."""
    if isinstance(value, dict):
        yield from (part for name, part in value.items() if name in SHOWN and isinstance(part, str))
        ours = (part for name, part in value.items() if name != "code" or isinstance(part, dict))
        yield from (text for part in ours for text in strings(part))
    if isinstance(value, list):
        yield from (text for part in value for text in strings(part))


@pytest.fixture(scope="module", params=[*(CONTENT / name / version for name, version in DRAFTS), knees.SOURCE], ids=lambda path: path.parent.name)
def pseudo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """A draft in the pseudo-locale."""
    folder = tmp_path_factory.mktemp("content") / request.param.parent.name / catalogue.DRAFT
    shutil.copytree(request.param, folder)
    if request.param == knees.SOURCE:
        languages.key(folder)
    languages.add_pseudo(folder)
    return strategies.vocabulary(loading.draft(folder, name=folder.parent.name, language=languages.PSEUDO), folder)


def reading(shown: ShownDefinition) -> Shown:
    """An old entry of the record that decides nothing."""
    return Shown(shown.name, Decimal(4) if shown.units else None, next(iter(shown.units), ""), "Observation/1", "2026-01-31", old=True)


def assessments(pseudo: Vocabulary) -> Iterator[Assessment]:
    """Every case; the bases too late, beside a record that says yes to all, and beside one that could not be read; the offer of the form."""
    release = pseudo.release
    for facts in (strategies.merged(release, Story(known)) for known in pseudo.starts):
        yield assessing.assess(release, facts, decision_id="b5a1", at=strategies.AT, engine="1")
    for known in pseudo.bases.values():
        late = strategies.merged(release, Story(known, authored=None))
        recorded = strategies.merged(release, Story(known, dict(pseudo.recordable)))
        bare = dataclasses.replace(late, not_checked=tuple(release.facts.prefetch), problems=("x",), shown=tuple(map(reading, release.facts.shown)))
        for facts in (late, recorded, bare):
            yield assessing.assess(release, facts, decision_id="b5a1", at=strategies.AT, engine="1")
    nothing = Facts({}, tuple(release.facts.facts), (), (), ("x",))
    yield assessing.offer(release, nothing, decision_id="b5a1", at=strategies.AT, engine="1")


def test_every_text_of_an_assessment_comes_from_the_texts(pseudo: Vocabulary) -> None:
    known = names(pseudo.release)
    lines = {line for one in assessments(pseudo) for text in told(one) for line in text.split("\n")}
    assert len(lines) > 50
    assert {word: line for line in sorted(lines) for word in foreign(line, known)} == {}


def test_every_text_of_the_answer_to_an_example_comes_from_the_texts(pseudo: Vocabulary, tmp_path: Path) -> None:
    release = dataclasses.replace(pseudo.release, digest=f"sha256:{'0' * 64}")
    forms = {release.name: questionnaire.index(release.questionnaire)}
    known, asked = names(release), [one for one in asking.examples() if release.name in asking.HOOK]
    with ledger.open_ledger(samples.place(tmp_path / "audit.sqlite3"), application.now) as opened:
        app = Application(Settings(), {release.name: release}, forms, opened, application.now, application.new_id)
        lines = [line for one in asked for text in strings(asking.answered(app, one).json) for line in text.split("\n")]
    assert len(lines) >= 10 * len(asked)
    assert {word: line for line in lines for word in foreign(line, known)} == {}


def test_a_text_that_does_not_come_from_the_texts_is_seen(pseudo: Vocabulary) -> None:
    written = dataclasses.replace(pseudo.release.cards, phrases={**pseudo.release.cards.phrases, "limits": "Written in Python."})
    changed = dataclasses.replace(pseudo, release=dataclasses.replace(pseudo.release, cards=written))
    known = names(pseudo.release)
    assert {word for text in told(next(assessments(changed))) for word in foreign(text, known)} == {"Written", "in", "Python."}


def test_every_text_of_the_form_and_of_discovery_comes_from_the_texts(pseudo: Vocabulary) -> None:
    known = names(pseudo.release)
    shown = [*strings(pseudo.release.questionnaire), *strings([discovery.entry(pseudo.release, "id", one) for one in pseudo.release.cards.offered])]
    shown += [one.display for one in pseudo.release.cards.override_reasons]
    assert len(shown) > 20
    assert [text for text in shown if foreign(text, known)] == []
