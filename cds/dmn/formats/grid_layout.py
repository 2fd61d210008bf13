"""The rows of a table's sheet, in the layout of the WHO's decision-support logic (DAK 2.1): written here, read in `grid_reading`.

A block of keys, a row of bands, a row of column names that starts with `Rule ID`, then one row a rule.
"""

from collections.abc import Iterable

from cds.dmn.formats.grid import Book, Grid, Line, Reasons, Row, question, sources

DECISION, RULE_TEXT, TRIGGER, POLICY = "Decision ID", "Business rule", "Trigger", "Hit policy indicator"
MODEL, READS, TYPE, EXPRESSION, DEFAULT, VALUES = "Model", "Reads", "Type", "Expression", "Default", "Values"
RULE_ID = "Rule ID"
INPUTS, OUTPUTS, ANNOTATIONS, REFERENCES, RULE = "Inputs", "Outputs", "Annotations", "Reference(s)", "Rule"
BECAUSE, ANNOTATION, EVIDENCE, CLAIMS, ORIGIN = "Because", "Annotation", "Evidence", "Claims", "Origin"
ALTERNATIVE_OF, WHEN_ORDER = "Alternative of", "When order"
NOTES = (
    (ANNOTATIONS, BECAUSE),
    (ANNOTATIONS, ANNOTATION),
    (REFERENCES, EVIDENCE),
    (REFERENCES, CLAIMS),
    (REFERENCES, ORIGIN),
    (RULE, ALTERNATIVE_OF),
    (RULE, WHEN_ORDER),
)
"""The columns after the outputs, each under its band. The last is there only where some rule has an order of its own."""

EVERY = "Whenever the decision is asked for, with each input known or unknown"
INPUT_HEAD = ("Name", TYPE)
LINE_HEAD = (DECISION, RULE_ID, TYPE, EXPRESSION, BECAUSE, ANNOTATION, EVIDENCE, CLAIMS, ORIGIN)
INDEX_HEAD = ("Tab name", "Decision-support table ID", "Table description", "Reference/source")
COVER, INPUT_SHEET, EXPRESSIONS = "COVER", "INPUTS", "EXPRESSIONS"
TITLE = "Decision-support logic"

Cells = tuple[str, ...]


def table(grid: Grid, *, reads: Iterable[tuple[str, str]] = (), model: str = "") -> list[Cells]:
    """The rows of one table's sheet. A sheet that stands alone also names its model, and what it reads beside its columns."""
    rows = [(DECISION, grid.decision), (RULE_TEXT, question(grid)), (TRIGGER, EVERY), (POLICY, grid.policy.value)]
    rows += [(MODEL, model)] if model else []
    return [*rows, *((READS, name, line) for name, line in reads), *_heads(grid), *(_row(row, ordered=_ordered(grid)) for row in grid.rows)]


def line(one: Line) -> Cells:
    """The row of one expression, under LINE_HEAD."""
    return (one.decision, one.id, one.type, one.expression, *_reasons(one.reasons))


def index(book: Book, tabs: dict[str, str]) -> list[Cells]:
    """The decisions in order, each with the name of its tab, under INDEX_HEAD."""
    return [(tabs.get(one.decision, EXPRESSIONS), one.decision, question(one), ", ".join(sources(one))) for one in book.decisions]


def _heads(grid: Grid) -> list[Cells]:
    inputs, outputs = list(grid.inputs), list(grid.outputs)
    columns = inputs + outputs
    told = {
        TYPE: [column.type for column in columns],
        EXPRESSION: [column.expression for column in columns],
        DEFAULT: [column.default for column in columns],
        VALUES: [column.values for column in columns],
    }
    bands = [*_band(INPUTS, len(inputs)), *_band(OUTPUTS, len(outputs))]
    shown = NOTES if _ordered(grid) else NOTES[:-1]
    notes = [band if not index or NOTES[index - 1][0] != band else "" for index, (band, _) in enumerate(shown)]
    return [
        *((key, *cells) for key, cells in told.items() if any(cells)),
        ("", *bands, *notes),
        (RULE_ID, *(column.name for column in columns), *(name for _, name in shown)),
    ]


def _band(name: str, width: int) -> list[str]:
    return [name, *[""] * (width - 1)] if width else []


def _ordered(grid: Grid) -> bool:
    return any(row.order for row in grid.rows)


def _row(row: Row, *, ordered: bool) -> Cells:
    last = (row.alternative_of, row.order) if ordered else (row.alternative_of,)
    return (row.id, *row.cells, *row.outputs, *_reasons(row.reasons), *last)


def _reasons(reasons: Reasons) -> Cells:
    return (reasons.because, reasons.annotation, reasons.evidence, reasons.claims, reasons.origin)
