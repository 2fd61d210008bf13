"""Runs the code blocks of a page in order, in a folder that looks like the checkout.

`bash` runs with the environment's own `.venv/bin`; its `make` is checked and not run. `python` is executed, `yaml`, `toml` and `json` are parsed,
and an `output` block must equal what the `bash` block before it printed, where `...` stands for anything.
"""

import doctest
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from sybil import Document, Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from cds.foundation import yaml

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SERVED = "http://127.0.0.1:8080"
LANGUAGES = {"bash", "json", "output", "python", "text", "toml", "yaml"}
SECONDS = 120
DRY_MAKE = f'make() {{ command make --dry-run --directory "{ROOT}" "$@" > /dev/null; }}\n'


def checkout(folder: Path) -> Path:
    """Fills `folder` so that a page's commands find what they would find in a checkout."""
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    for name in ("cds", "examples", "schemas"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def run_page(page: Path, *, address: str) -> int:
    """Runs every block of `page` against the service at `address`; returns how many ran."""
    document = Document(page.read_text(encoding="utf-8").replace(SERVED, address), str(page))
    for parser in PARSERS:
        for region in parser(document):
            document.add(region)
    examples = list(document)
    for example in examples:
        example.evaluate()
    return len(examples)


def bash(example: Example) -> None:
    """Runs a block; a command that fails fails the page."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", DRY_MAKE + example.parsed], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    example.namespace["printed"] = done.stdout
    assert done.returncode == 0, f"line {example.line}: exit code {done.returncode}\n{done.stdout}{done.stderr}"


def output(example: Example) -> None:
    """Compares with what the block before printed."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    printed = str(example.namespace["printed"])
    assert doctest.OutputChecker().check_output(example.parsed, printed, options), f"line {example.line}: printed instead:\n{printed}"


def parsed_json(example: Example) -> None:
    """Holds a block to JSON."""
    json.loads(example.parsed)


def parsed_toml(example: Example) -> None:
    """Holds a block to TOML."""
    tomllib.loads(example.parsed)


def parsed_yaml(example: Example) -> None:
    """Holds a block to the YAML that content is written in."""
    assert isinstance(yaml.parse(example.parsed, name=f"line {example.line}").value, Mapping)


PARSERS = (
    CodeBlockParser("bash", bash),
    CodeBlockParser("output", output),
    PythonCodeBlockParser(),
    CodeBlockParser("json", parsed_json),
    CodeBlockParser("toml", parsed_toml),
    CodeBlockParser("yaml", parsed_yaml),
)
