"""The rules of the house that no linter holds: sizes, docstrings, broad handlers, clocks, machine paths, tests as statements."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
LONGEST_FUNCTION = 30
PACKAGE = sorted((ROOT / "cds").rglob("*.py"))
PYTHON = [*PACKAGE, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "examples").rglob("*.py"))]
TOP = ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", ".ci/run", ".gitignore")
FOLDERS = ("cds", "docs", "examples", "schemas", "tests")
TEXT = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".ndjson", ".html", ".css", ".svg", ".txt"}
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|farm|root|home|Users|opt|tmp)/\w")
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|NotImplemented[E]rror)\b")
RULE_ID = re.compile(r"^\s*-?\s*id: ([\w.-]+)", re.MULTILINE)
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}
ENVIRONMENT = {"environ", "getenv", "getenvb"}
ENVIRONMENT_OWNER = ROOT / "cds" / "foundation" / "settings.py"
CLOCK_OWNER = ROOT / "cds" / "service"
ANY_EXCEPTION = {"Exception", "BaseException"}


def name(path: Path) -> str:
    """The path as a reader of the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), name(path))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler takes whatever comes."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in ANY_EXCEPTION) for kind in kinds)


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the repository with its content."""
    files = [ROOT / top for top in TOP] + [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in TEXT]
    return ((name(path), path.read_text(encoding="utf-8")) for path in files)


@pytest.mark.parametrize("path", PACKAGE, ids=name)
def test_a_file_of_the_package_is_short_and_says_what_it_is_for(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, "split it by job"
    assert ast.get_docstring(tree(path)), "the first line says what the module is for"


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_no_function_is_longer_than_a_reader_can_hold(path: Path) -> None:
    long = {node.name: lines for node in functions(tree(path)) if (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION}
    assert long == {}, f"at most {LONGEST_FUNCTION} lines a function"


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_no_handler_takes_every_exception(path: Path) -> None:
    broad = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler) and is_broad(node)]
    assert broad == [], "name the exceptions that are expected"


@pytest.mark.parametrize("path", [path for path in PACKAGE if not path.is_relative_to(CLOCK_OWNER)], ids=name)
def test_only_service_reads_the_clock(path: Path) -> None:
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    clocks = [node.lineno for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS]
    assert clocks == [], "take the instant as an argument"


@pytest.mark.parametrize("path", [path for path in PACKAGE if path != ENVIRONMENT_OWNER], ids=name)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    reads = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT]
    assert reads == [], "add a setting"


@pytest.mark.parametrize("path", [path for path in PYTHON if path.name.startswith("test_")], ids=name)
def test_a_test_is_named_as_a_statement(path: Path) -> None:
    short = [node.name for node in functions(tree(path)) if node.name.startswith("test_") and node.name.count("_") < 3]
    assert short == [], "say what holds: test_a_missing_patient_id_is_refused"


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {file: match[0] for file, text in texts() if (match := MACHINE_PATH.search(text))}
    assert found == {}


def test_nothing_is_left_unfinished_in_python() -> None:
    found = {file: match[0] for file, text in texts() if file.endswith(".py") and (match := UNFINISHED.search(text))}
    assert found == {}


def test_knowledge_is_data_and_holds_no_python() -> None:
    assert [name(path) for path in (ROOT / "cds" / "content").rglob("*.py")] == []


def test_python_names_no_rule_of_the_knowledge() -> None:
    tables = (path.read_text(encoding="utf-8") for path in (ROOT / "cds" / "content").rglob("decisions/*.yaml"))
    rows = {row for text in tables for row in RULE_ID.findall(text)}
    found = {name(path): hits for path in PACKAGE if (hits := rows & strings(tree(path)))}
    assert found == {}, "a rule id in Python: move what it does into the tables"


def strings(module: ast.Module) -> set[str]:
    """Every string constant of a file."""
    return {node.value for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
