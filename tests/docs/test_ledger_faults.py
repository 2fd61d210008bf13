"""The page of the ledger explains each kind of fault that a verification can find, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cds.audit import rows
from cds.audit.entries import stored

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "the-ledger.md"
AUDIT = Path(rows.__file__).parent
HEADING = "## What `cds audit verify` can say"


def explained() -> list[str]:
    """The kinds in the table of the page."""
    table = PAGE.read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    return [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of the names of a module."""
    plain = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {target.id: node.value for node in plain for target in node.targets if isinstance(target, ast.Name)}


def told(path: Path) -> Iterator[str]:
    """The kinds of faults that a module names: where it makes one, and the first of two that it gives to who makes one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Found":
            kind = node.args[1]
        elif path == Path(stored.__file__) and isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            pair = node.value.elts[-1]
            if not isinstance(pair, ast.Tuple):
                continue
            kind = pair.elts[0]
        else:
            continue
        if isinstance(kind, ast.Starred):
            continue
        value = named[kind.id] if isinstance(kind, ast.Name) else kind
        assert isinstance(value, ast.Constant), f"{path.name}:{node.lineno} names no kind that can be read here"
        yield str(value.value)


def test_each_kind_of_fault_is_explained_once_and_nothing_else_is() -> None:
    found = {kind for path in sorted(AUDIT.rglob("*.py")) for kind in told(path)}
    assert {"content changed", "columns disagree with body", "tail cut off", "tree damaged"} <= found
    assert sorted(explained()) == sorted(found)
