"""What Markdown and HTML say of a table in plain words: the hit policy as a sentence, and what a row asks and gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cds.dmn.formats import item_types, type_words
from cds.dmn.formats.grid import MANY, Book, Column, Grid, Line, Reasons, Row, question, sources
from cds.dmn.model import HitPolicy

POLICIES: Mapping[HitPolicy, str] = MappingProxyType(
    {
        HitPolicy.UNIQUE: "At most one rule may match; two would be an error.",
        HitPolicy.ANY: "Several rules may match if they give the same; if they do not, it is an error.",
        HitPolicy.PRIORITY: "Of the rules that match, the one whose outputs rank highest counts.",
        HitPolicy.FIRST: "The rules are read from the top, and the first that matches counts.",
        HitPolicy.RULE_ORDER: "Every rule that matches counts, in the order of the table.",
        HitPolicy.OUTPUT_ORDER: "Every rule that matches counts, the highest ranked output first.",
        HitPolicy.COLLECT: "Every rule that matches counts.",
        HitPolicy.COLLECT_SUM: "Every rule that matches counts, and the result is the sum of their outputs.",
        HitPolicy.COLLECT_MIN: "Every rule that matches counts, and the result is their smallest output.",
        HitPolicy.COLLECT_MAX: "Every rule that matches counts, and the result is their largest output.",
        HitPolicy.COLLECT_COUNT: "The result is how many rules match.",
    }
)
ANYTHING = "any"
WHEN = "When"
NOTE = "Note"
CLAIMS = "Claims"
ORIGIN = "Origin"
READING = (
    "All conditions of a row must hold; of values with commas between them one is enough. A condition that is not written may be anything, "
    "unknown included. A value never matches unknown; `unknown` matches only that. "
    "On a list of ticks or rule ids a value means that it is among them. "
    "`[14..21]` is from 14 to 21 with both ends; a round bracket leaves its end out. An output that is not written is unknown."
)


@dataclass(frozen=True)
class Part:
    """One decision as it is shown: its heads, and its rows with a list of lines in each cell; a line is a name, if any, and a text.

    `given` are the numbers of the heads, from 0, that are outputs.
    """

    name: str
    question: str
    policy: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[tuple[str, str], ...], ...], ...]
    notes: tuple[str, ...]
    given: range = range(0)


def parts(book: Book) -> Iterator[Part]:
    """The decisions of a model in order."""
    for one in book.decisions:
        yield _expression(one) if isinstance(one, Line) else _table(one)


def evidence(book: Book, meanings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The keys of evidence that the decisions name and that have a meaning, in order of their names."""
    keys = {key for one in book.decisions for key in sources(one)}
    return tuple((key, meanings[key]) for key in sorted(keys) if key in meanings)


def _table(grid: Grid) -> Part:
    sparse = len(grid.inputs) > MANY
    inputs = (WHEN,) if sparse else tuple(column.name for column in grid.inputs)
    heads = ("Rule", *inputs, *(column.name for column in grid.outputs), "Because", "Evidence")
    rows = tuple(
        (_plain(row.id), *_asked(grid, row, sparse=sparse), *map(_plain, row.outputs), _because(row.reasons), _sources(row.reasons))
        for row in grid.rows
    )
    policy = f"{grid.policy.value}. {POLICIES[grid.policy]}"
    return Part(grid.decision, question(grid), policy, heads, rows, tuple(_notes(grid)), range(1 + len(inputs), 1 + len(inputs) + len(grid.outputs)))


def _expression(line: Line) -> Part:
    heads = ("Rule", "Expression", "Because", "Evidence")
    row = (_plain(line.id), _plain(line.expression), _because(line.reasons), _sources(line.reasons))
    return Part(line.decision, question(line), "", heads, (row,), (f"It is {type_words.words(line.type)}.",))


def _asked(grid: Grid, row: Row, *, sparse: bool) -> list[tuple[tuple[str, str], ...]]:
    if not sparse:
        return [_plain(cell or ANYTHING) for cell in row.cells]
    asked = tuple((column.name, cell) for column, cell in zip(grid.inputs, row.cells, strict=True) if cell)
    return [asked or _plain(ANYTHING)]


def _because(reasons: Reasons) -> tuple[tuple[str, str], ...]:
    return (*_plain(reasons.because), *_plain(reasons.annotation, name=NOTE))


def _sources(reasons: Reasons) -> tuple[tuple[str, str], ...]:
    return (*_plain(reasons.evidence), *_plain(reasons.claims, name=CLAIMS), *_plain(reasons.origin, name=ORIGIN))


def _plain(text: str, *, name: str = "") -> tuple[tuple[str, str], ...]:
    return ((name, text),) if text else ()


def _notes(grid: Grid) -> Iterator[str]:
    for column in (*grid.inputs, *grid.outputs):
        yield f"{column.name} is {_told(column)}."
    for parent in dict.fromkeys(row.alternative_of for row in grid.rows if row.alternative_of):
        rows = item_types.joined(row.id for row in grid.rows if row.alternative_of == parent)
        yield f"{rows} are alternatives of one rule, {parent}, which matches when any of them does."


def _told(column: Column) -> str:
    said = [type_words.words(column.type), f"read as {column.expression}" if column.expression else ""]
    said += [f"{column.default} when no rule matches" if column.default else "", f"ranked {column.values}" if column.values else ""]
    return ", ".join(filter(None, said))


def numbered(book: Book) -> Sequence[tuple[str, str]]:
    """The decisions for a table of contents: an anchor and the name."""
    return [(f"decision-{number}", one.decision) for number, one in enumerate(book.decisions, 1)]
