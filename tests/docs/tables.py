"""Writes `docs/reference/tables/`, a page a table of the newest release: `python -m tests.docs.tables`.

With two folders as arguments it writes the pages of the release in the first, `draft` for one, to the second. What a page says
comes from the release alone, so a page that differs from it was edited by hand or is out of date.
"""

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.dmn.formats import grid, markdown
from cds.dmn.model import DecisionModel, DecisionTable, LiteralExpression
from cds.releases import catalogue, documents, exceptions, loading
from cds.values.release import EvidenceEntry, Reference, Release

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "cds" / "content"
NAME = "low-back-pain"
PAGES = ROOT / "docs" / "reference" / "tables"
VALUES = "derived-values"
WIDTH = 130
MARKER = re.compile(r"^\s*(?:[-+*](?:\s|$)|[#>|=]|\d+[.)](?:\s|$))")
MADE = "Made from the release by `make docs`. Whoever edits it edits the tables of a draft instead."


@dataclass(frozen=True)
class Source:
    """A release with what its documents say beside the model: claims by id, why some stand on no rule, and rows that are no rule."""

    release: Release
    claims: Mapping[str, Mapping[str, Any]]
    answers: tuple[Mapping[str, Any], ...]
    exclusions: tuple[Mapping[str, Any], ...]
    exceptions: tuple[Mapping[str, Any], ...]


def newest() -> Path:
    """The folder of the newest release."""
    return CONTENT / NAME / catalogue.entries(CONTENT, NAME)[-1].version


def read(folder: Path) -> Source:
    """The release of a folder, sealed or draft."""
    sealed = (folder / documents.MANIFEST).exists()
    sources = documents.compiled(folder) if sealed else documents.authored(folder)
    release = loading.sealed(folder, name=NAME, status="active") if sealed else loading.draft(folder, name=NAME, documents=sources)
    evidence = sources.evidence.value
    answers, exclusions = (tuple(evidence.get(key, ())) for key in ("answers", "exclusions"))
    claims = {claim["id"]: claim for claim in evidence["claims"]}
    return Source(release, claims, answers, exclusions, tuple(exceptions.read(folder)))


def pages(source: Source) -> dict[str, str]:
    """Every page by the name of its file."""
    model = source.release.model
    tables = [decision.name for decision in model.decisions if isinstance(decision.logic, DecisionTable)]
    literals = tuple(decision for decision in model.decisions if isinstance(decision.logic, LiteralExpression))
    found = {name: _page(source, grid.alone(model, name), name) for name in tables}
    values = DecisionModel(VALUES, dict(grid.items(model)), literals)
    return {f"{name}.md": text for name, text in (found | {VALUES: _page(source, values, VALUES), "index": _index(source, tables)}).items()}


def _page(source: Source, model: DecisionModel, title: str) -> str:
    release = source.release
    meanings = {entry.key: _meaning(entry) for entry in release.evidence.values()} | {key: "cited below" for key in release.references}
    written = markdown.write(model, title=title, evidence=meanings)
    told = f"{release.cards.title}, release {release.version}. [All tables](index.md). {MADE}"
    head, _, rest = written.partition("\n")
    book = grid.book(model)
    keys = {key for one in book.decisions for key in grid.sources(one)}
    named = {(claim, rule) for one in model.decisions for claim, rule in _claims(one.logic)}
    lines = [head, "", told, *rest.splitlines(), "", *_references(source, keys), *_claimed(source, named)]
    return "\n".join(line for text in lines for line in _wrapped(text)).rstrip() + "\n"


def _claims(logic: object) -> Iterator[tuple[str, str]]:
    if isinstance(logic, DecisionTable):
        yield from ((claim, rule.id) for rule in logic.rules for claim in rule.source.claims)
    elif isinstance(logic, LiteralExpression):
        yield from ((claim, logic.id) for claim in logic.source.claims)


def _meaning(entry: EvidenceEntry) -> str:
    rests = f"; rests on {', '.join(entry.references)}" if entry.references else "; rests on no reference"
    return f"{entry.topic}. Certainty: {entry.certainty}; strength: {entry.strength}{rests}."


def _references(source: Source, keys: set[str]) -> Iterator[str]:
    release = source.release
    behind = {name for key in keys if key in release.evidence for name in release.evidence[key].references}
    cited = [reference for name, reference in sorted(release.references.items()) if name in keys | behind]
    if cited:
        yield from ("## References", "", "V: confirmed from the source, in what is said beside it. M: from memory, not verified.", "")
        yield from (f"- {_cited(reference)}" for reference in cited)
        yield ""


def _cited(reference: Reference) -> str:
    locator = f"https://doi.org/{reference.locator}" if reference.locator.startswith("10.") else reference.locator
    place = f" <{locator}>" if locator else ""
    return f"{markdown.escaped(reference.id)}: {markdown.escaped(reference.citation)}{place} **{markdown.escaped(reference.verification)}**"


def _claimed(source: Source, named: set[tuple[str, str]]) -> Iterator[str]:
    if named:
        yield from ("## Claims of the articles", "", "| Claim | What it says | Stance |", "| --- | --- | --- |")
        for claim in sorted({claim for claim, _ in named}):
            entry = source.claims[claim]
            yield f"| {claim} | {markdown.escaped(entry['concept'])} | {markdown.escaped(entry['stance'])} |"
        yield ""
        for one in source.answers:
            rules = [rule for rule in one["rules"] if (one["claim"], rule) in named]
            if rules:
                yield f"- {', '.join(rules)} on {one['claim']}: {markdown.escaped(one['reason'])}"
        yield ""


def _index(source: Source, tables: list[str]) -> str:
    release = source.release
    lines = ["# Tables", "", f"{release.cards.title}, release {release.version}: every decision in the order of the graph. {MADE}", ""]
    lines += ["| Table | Gives | Rules |", "| --- | --- | --- |"]
    for name in tables:
        table = release.model.decision(name).logic
        assert isinstance(table, DecisionTable)
        gives = ", ".join(clause.name for clause in table.outputs)
        lines.append(f"| [{name}]({name}.md) | {gives} | {len(table.rules)} |")
    lines += ["", f"What is worked out between the tables: [{VALUES}]({VALUES}.md).", "", *_left_out(source)]
    return "\n".join(line for text in lines for line in _wrapped(text)).rstrip() + "\n"


def _left_out(source: Source) -> Iterator[str]:
    if source.exceptions:
        yield from ("## Rows of the notes that are no rule", "")
        for one in source.exceptions:
            instead = f" See {', '.join(one['instead'])}." if "instead" in one else ""
            yield f"- {markdown.escaped(one['row'])}: {markdown.escaped(one['reason'].strip())}{instead}"
        yield ""
    if source.exclusions:
        yield from ("## Claims of the articles that stand on no rule", "")
        for one in source.exclusions:
            yield f"- {one['claim']} ({markdown.escaped(source.claims[one['claim']]['stance'])}): {markdown.escaped(one['reason'])}"


def _wrapped(line: str) -> list[str]:
    """A line broken where it is too long to read, but for rows of tables; no part begins with what reads as a mark."""
    if line.startswith("|"):
        return [line]
    indent = "  " if line.startswith("- ") else ""
    for width in range(WIDTH, WIDTH // 2, -1):
        parts = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]
        if not any(MARKER.match(part) for part in parts[1:]):
            return parts
    return [line]


def write(source: Source, folder: Path) -> None:
    """Writes the pages and removes those of tables that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages(source)
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    for path in {*folder.glob("*.md")} - {folder / name for name in made}:
        path.unlink()


def main(arguments: list[str]) -> None:
    """The newest release into the documentation, or the release of one folder into another."""
    release, folder = (Path(argument) for argument in arguments) if arguments else (newest(), PAGES)
    write(read(release), folder)


if __name__ == "__main__":
    main(sys.argv[1:])
