"""Writes `docs/reference/audit-columns.md` from the columns of the tables: `python -m tests.docs.audit_columns`."""

from collections.abc import Sequence

from cds.population.parquet import Column
from cds.service import audit_columns
from tests.docs.tables import ROOT

PAGE = ROOT / "docs" / "reference" / "audit-columns.md"
KINDS = {
    "text": "string",
    "integer": "int64",
    "number": "double",
    "boolean": "boolean",
    "instant": "timestamp, microseconds, UTC",
    "texts": "list of strings",
    "pairs": "map of strings",
}
_HEAD = """# The tables of the ledger

What `decisions.parquet`, `cards.parquet`, `feedback.parquet` and `facts.parquet` hold. [How to get and read them](../how-to/analyse-the-ledger.md).
Every value may be missing: a null says that the ledger says nothing, never "no".
The text of a column stands in the file too, as its metadata `about`.
Instants are UTC. Rows stand in the order of the ledger; `seq` is the number of the entry, by which `cds audit prove` proves it.
The first three tables hold what is in the clear in the ledger, and nothing that is sealed.
"""
_FACTS = """
Then a column for each fact that any release held here defines, in the order of their names, with the type of `facts.yaml`: `integer`, `number`
(as a double), `string`, or a list of strings. Where releases disagree the column is wide enough for all of them: a double for integers and
numbers, else a string, with several values behind each other and commas between them. The rows are the decisions whose facts could be opened;
what was erased is not there, and `erased` in `decisions` says so.
"""
_TABLES = {
    "decisions": ("a decision", audit_columns.DECISIONS),
    "cards": ("a card that was decided, shown or not", audit_columns.CARDS),
    "feedback": ("an item of feedback, repeats and changes of mind included", audit_columns.FEEDBACK),
    "facts": ("a decision that was opened", audit_columns.FACTS),
}


def page() -> str:
    """The page of the columns as they are."""
    parts = [f"\n## {name}\nA row is {row}.\n\n{_table(columns)}" for name, (row, columns) in _TABLES.items()]
    return _HEAD + "".join(parts) + _FACTS


def _table(columns: Sequence[Column]) -> str:
    rows = [f"| `{one.name}` | {KINDS[one.kind]} | {one.about} |" for one in columns]
    return "\n".join(["| column | type | says |", "|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {sum(len(columns) for _, columns in _TABLES.values())} columns")
