"""The pages of the tables are what the newest release says, every rule with its evidence, references and claims."""

from pathlib import Path

import pytest

from cds.dmn.formats import markdown
from cds.dmn.model import DecisionTable
from cds.releases import catalogue
from tests.docs import tables
from tests.docs.tables import Source

DRAFT = tables.CONTENT / tables.NAME / catalogue.DRAFT


@pytest.fixture(scope="module", params=[tables.newest(), DRAFT], ids=lambda folder: folder.name)
def source(request: pytest.FixtureRequest) -> Source:
    return tables.read(request.param)


@pytest.fixture(scope="module")
def pages(source: Source) -> dict[str, str]:
    return tables.pages(source)


def test_the_pages_are_those_of_the_newest_release() -> None:
    made = tables.pages(tables.read(tables.newest()))
    held = {path.name: path.read_text(encoding="utf-8") for path in tables.PAGES.glob("*.md")}
    assert sorted(made.keys() ^ held.keys()) == [], "run `make docs`"
    assert [name for name in made if made[name] != held[name]] == [], "run `make docs`"


def test_every_table_has_its_page_and_the_index_leads_to_it(source: Source, pages: dict[str, str]) -> None:
    names = {decision.name for decision in source.release.model.decisions if isinstance(decision.logic, DecisionTable)}
    assert pages.keys() == {f"{name}.md" for name in names | {tables.VALUES, "index"}}
    assert [name for name in names if f"({name}.md)" not in pages["index.md"]] == []


def row(page: str, identifier: str) -> str:
    """The lines of a rule in the table of a page."""
    return "\n".join(line for line in page.splitlines() if line.startswith((f"| {identifier} |", f"| {identifier}.")))


def test_every_rule_stands_on_its_page_with_all_that_it_rests_on(source: Source, pages: dict[str, str]) -> None:
    for decision in source.release.model.decisions:
        if isinstance(decision.logic, DecisionTable):
            page = pages[f"{decision.name}.md"]
            for rule in decision.logic.rules:
                told = row(page, rule.id)
                said = [rule.source.because, rule.source.origin, *rule.source.evidence, *rule.source.claims]
                assert [text for text in said if markdown.escaped(text) not in told] == [], rule.id


def test_what_a_page_names_is_told_on_it_with_its_grades_and_marks(source: Source, pages: dict[str, str]) -> None:
    release = source.release
    for decision in release.model.decisions:
        if isinstance(decision.logic, DecisionTable):
            page = " ".join(pages[f"{decision.name}.md"].split())
            keys = {key for rule in decision.logic.rules for key in rule.source.evidence}
            entries = [release.evidence[key] for key in keys if key in release.evidence]
            for entry in entries:
                assert markdown.escaped(f"Certainty: {entry.certainty}; strength: {entry.strength}") in page, (decision.name, entry.key)
            for name in {name for entry in entries for name in entry.references} | (keys & release.references.keys()):
                reference = release.references[name]
                assert markdown.escaped(reference.citation) in page, (decision.name, name)
                assert f"**{markdown.escaped(reference.verification)}**" in page, (decision.name, name)
            for claim in {claim for rule in decision.logic.rules for claim in rule.source.claims}:
                assert f"| {claim} | {markdown.escaped(source.claims[claim]['concept'])} |" in page, (decision.name, claim)


def test_no_line_that_can_be_broken_is_too_long_to_read(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        long = [line for line in text.splitlines() if len(line) > tables.WIDTH and not line.startswith("|")]
        assert [line for line in long if len(line.split()) > 1] == [], name


def test_a_page_that_was_edited_is_written_anew_and_a_page_without_a_table_goes(source: Source, pages: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "duration.md").write_text("edited", encoding="utf-8")
    (tmp_path / "gone.md").write_text("a table that is no more", encoding="utf-8")
    tables.write(source, tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == pages
