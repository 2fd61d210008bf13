"""The reference names everything that exists: each setting, command, route and library."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import flask
import pytest

from cds.cli import main
from cds.foundation import settings
from cds.service import application
from cds.web import application as web

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def text(page: str) -> str:
    """One page of the reference."""
    return (REFERENCE / page).read_text(encoding="utf-8")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[flask.Flask]:
    """The web application over a new ledger."""
    started = application.start(settings.Settings(audit_url=f"sqlite:///{tmp_path}/audit.sqlite3"))
    yield web.create_app(started)
    application.stop(started)


def commands(command: click.Command, path: str) -> Iterator[str]:
    """The full name of each command that does something."""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, f"{path} {name}")
    else:
        yield path


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `CDS_([A-Z_]+)` \| (.+?) \|", text("configuration.md"), re.MULTILINE))
    fields = settings.Settings.model_fields
    assert rows.keys() == {name.upper() for name in fields}
    given = {name: rows[name.upper()].strip("`") for name, field in fields.items() if isinstance(field.default, int | str)}
    assert given == {name: json.dumps(fields[name].default).strip('"') for name in given}


def test_every_command_is_documented() -> None:
    page = text("command-line.md")
    assert [name for name in commands(main.main, "cds") if f"`{name}" not in page] == []


def test_every_route_is_documented(app: flask.Flask) -> None:
    page = re.sub(r"\{\w+\}", "{}", text("http.md"))
    routes = {re.sub(r"<[^>]+>", "{}", rule.rule) for rule in app.url_map.iter_rules()}
    assert {route for route in routes if f" {route}`" not in page} == set()


def test_every_library_has_its_row_in_the_decision_records() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [requirement for group in project["optional-dependencies"].values() for requirement in group]
    names = {re.split(r"[<>=\[]", requirement)[0] for requirement in [*project["dependencies"], *extras]}
    rows = re.findall(r"^\| ([\w.-]+) \|", (ROOT / "docs" / "adr" / "0002-libraries.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert names == set(rows) - {"library"}
