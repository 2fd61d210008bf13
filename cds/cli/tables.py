"""`cds table`: decision tables for people and other tools."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cds.cli import rendering, telling, writing
from cds.service import tables

INDENT = "  "
EXISTING = click.Path(exists=True, path_type=Path)


@click.group()
def table() -> None:
    """Decision tables for people and other tools. V is a released version, `draft`, or the folder of a release.

    \b
    Example:
      cds table show draft duration
    """


@table.command()
@click.argument("version", metavar="V")
@click.argument("name", metavar="TABLE")
@telling.as_json
@telling.told
def show(version: str, name: str, as_json: bool) -> None:
    """Show one decision of release V: its inputs and outputs, and each rule with its reason.

    \b
    Example:
      cds table show draft duration
    """
    found = tables.shown(tables.of_table(tables.source(telling.settings(), version), name))
    click.echo(telling.document(found) if as_json else telling.readable("\n".join(_shown(found))))


@table.command()
@click.argument("version", metavar="V")
@click.option("--format", "kind", required=True, type=click.Choice(tables.KINDS), help="What to write; dmn is DMN 1.3.")
@click.option("--table", "name", metavar="TABLE", help="One decision; by default all.")
@click.option("--output", type=click.Path(path_type=Path), metavar="PATH", help="Where to; by default standard output, if it is one text.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@telling.as_json
@telling.told
def export(version: str, kind: str, name: str | None, output: Path | None, force: bool, as_json: bool) -> None:
    """Export the tables of release V. All tables as CSV go to the folder PATH, or to one archive if PATH ends in .zip.

    --json prints the names of the files that were written.

    \b
    Examples:
      cds table export draft --format xlsx --output tables.xlsx
      cds table export draft --format csv --table duration
    """
    source = tables.source(telling.settings(), version)
    files = tables.exported(tables.of_table(source, name) if name else source, kind, table=bool(name))
    if output is None:
        if kind in tables.BINARY or len(files) > 1:
            raise click.UsageError(f"{kind} is no single text: give --output PATH.")
        click.echo(next(iter(files.values())).decode("utf-8-sig"), nl=False)
        return
    _told(writing.files(_placed(files, output), force=force), as_json)


@table.command(name="import")
@click.argument("file", type=EXISTING, metavar="FILE")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the YAML; by default standard output.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@telling.as_json
@telling.told
def import_(file: Path, output: Path | None, force: bool, as_json: bool) -> None:
    """Read tables from FILE and write them as YAML: `model.yaml` and a file a table, as a release has them in `decisions/`.

    FILE is DMN (.dmn, .xml), a workbook (.xlsx), one table as .csv, or all of them as a folder or a .zip of CSV files.
    What a release would not take is told on stderr, with exit code 1; the YAML is written all the same.

    \b
    Example:
      cds table import tables.xlsx --output decisions
    """
    files = tables.imported(file)
    if output is None:
        click.echo(telling.document(files) if as_json else _stream(files), nl=as_json)
    else:
        _told(writing.files({output / name: text.encode() for name, text in files.items()}, force=force), as_json)
    found = tables.findings(files)
    for finding in found:
        click.echo(telling.line(finding), err=True)
    if found:
        raise click.exceptions.Exit(telling.FINDING)


def _placed(files: Mapping[str, bytes], output: Path) -> dict[Path, bytes]:
    """One file goes to the path, several to an archive or into a folder."""
    if output.suffix.lower() == tables.ZIP:
        return {output: tables.packed(files)}
    if len(files) == 1 and not output.is_dir():
        return {output: next(iter(files.values()))}
    return {output / name: body for name, body in files.items()}


def _told(written: list[Path], as_json: bool) -> None:
    names = [str(path) for path in written]
    click.echo(telling.document({"written": names}) if as_json else "\n".join(f"Written: {name}" for name in names))


def _stream(files: Mapping[str, str]) -> str:
    """All files as one stream of YAML documents, each with its name."""
    return "".join(f"---\n# {name}\n{text}" for name, text in files.items())


def _shown(found: Mapping[str, Any]) -> Iterator[str]:
    if "expression" in found:
        yield f"{found['decision']}: {found['type']}"
        yield rendering.wrapped(found["expression"], first=INDENT, hanging=INDENT)
        yield from _because(found)
        return
    yield f"{found['decision']} ({found['hitPolicy']})"
    yield rendering.wrapped(found["question"])
    for kind in ("inputs", "outputs"):
        yield ""
        yield f"{kind.capitalize()}:"
        for column in found[kind]:
            yield rendering.wrapped(": ".join(column.values()), first=INDENT, hanging=INDENT * 3)
    for rule in found["rules"]:
        yield from ("", rule["id"])
        yield _cells("when", rule["when"] or {"anything": "-"})
        yield _cells("then", rule["then"] or {"nothing": "-"})
        yield from _because(rule)


def _cells(word: str, cells: Mapping[str, str]) -> str:
    told = "; ".join(f"{name}: {cell}" for name, cell in cells.items())
    return rendering.wrapped(told, first=f"{INDENT}{word} ", hanging=INDENT * 4)


def _because(told: Mapping[str, Any]) -> Iterator[str]:
    if told["because"]:
        yield rendering.wrapped(f"because {told['because']}", first=INDENT, hanging=INDENT * 4)
    if told["annotation"]:
        yield rendering.wrapped(f"note {told['annotation']}", first=INDENT, hanging=INDENT * 4)
    keys = ", ".join([*told["evidence"], *told["claims"], *filter(None, [told["origin"]])])
    if keys:
        yield rendering.wrapped(f"from {keys}", first=INDENT, hanging=INDENT * 4)
