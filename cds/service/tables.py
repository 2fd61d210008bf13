"""Decision tables for people and other tools: shown, exported, and read back from files of other tools."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cds.dmn.formats import csv, grid, html, item_types, markdown, xlsx, yaml_writer
from cds.dmn.formats.dmn import reading, writing
from cds.dmn.model import DecisionModel
from cds.foundation import schemas, yaml
from cds.foundation.errors import ContentError, Diagnostic, NotFound, TooLarge
from cds.foundation.settings import Settings
from cds.service import versions

LIMIT = 64 * 1024 * 1024
"""The most bytes that a file, or all files of a folder or an archive, may have."""

ZIP = ".zip"
YAML = ".yaml"
DMN_SUFFIXES = (".dmn", ".xml")


@dataclass(frozen=True)
class Source:
    """A model with the name of its release, and what its keys of evidence mean: topics with their certainty, and citations."""

    model: DecisionModel
    title: str
    evidence: Mapping[str, str]


def source(settings: Settings, version: str) -> Source:
    """The tables of a released version, of `draft`, or of the release in a folder. NotFound when there is none."""
    (release,) = versions.releases(settings, version, which="Give the folder of the one that you mean.")
    topics = {entry.key: f"{entry.topic} ({', '.join(filter(None, (entry.certainty, entry.strength)))})" for entry in release.evidence.values()}
    citations = {reference.id: reference.citation for reference in release.references.values()}
    return Source(release.model, f"{release.model.name} {release.version}", citations | topics)


def of_table(found: Source, table: str) -> Source:
    """One decision of it, in which whatever it reads is an input. NotFound names the decisions that there are."""
    names = [decision.name for decision in found.model.decisions]
    if table not in names:
        raise NotFound(f"There is no such decision. There are: {', '.join(names)}.", expression="TABLE")
    return Source(grid.alone(found.model, table), f"{found.title}: {table}", found.evidence)


def shown(found: Source) -> dict[str, Any]:
    """The one decision of a source of `of_table`, as plain values; cells are in the language of the tables."""
    one = grid.book(found.model).decisions[0]
    told: dict[str, Any] = {"decision": one.decision, "question": grid.question(one)}
    if isinstance(one, grid.Line):
        return told | {"id": one.id, "type": grid.told_type(one.type), "expression": one.expression} | _reasons(one.reasons)
    columns = {"inputs": [_column(column) for column in one.inputs], "outputs": [_column(column) for column in one.outputs]}
    return told | {"hitPolicy": one.policy.value} | columns | {"rules": [_rule(one, row) for row in one.rows]}


def exported(found: Source, kind: str, *, table: bool = False) -> dict[str, bytes]:
    """The files of an export by name, in one of `FORMATS`; `table` says that the source is one table."""
    if kind == "csv":
        only = found.model.decisions[0].name
        files = {csv.file_name(only): csv.write_table(found.model, only)} if table else csv.write_model(found.model)
        return {name: text.encode("utf-8-sig") for name, text in files.items()}
    suffix, written = FORMATS[kind]
    return {found.title.replace(": ", "-").replace(" ", "-") + suffix: written(found)}


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files in one ZIP archive."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def imported(path: Path) -> dict[str, str]:
    """The YAML of the model in a file or a folder of CSV files: `model.yaml` and a file a table. ContentError names the cell."""
    return {f"{name}{YAML}": text for name, text in yaml_writer.texts(_read(path)).items()}


def findings(files: Mapping[str, str]) -> list[Diagnostic]:
    """What `cds release check` would not take in the YAML of an import: names, ids and reasons that a release must have."""
    found = []
    for name, text in files.items():
        document = yaml.parse(text, name=name)
        schema = "decision-model" if name == f"{yaml_writer.WIRING}{YAML}" else "decision-table"
        told = schemas.problems(schema, document.value)
        found += [Diagnostic("warning", problem.code, problem.text, document.place(*place)) for place, problem in told]
    return found


def _column(column: grid.Column) -> dict[str, str]:
    optional = {"expression": column.expression, "default": column.default, "values": column.values}
    return {"name": column.name, "type": grid.told_type(column.type)} | {key: text for key, text in optional.items() if text}


def _rule(one: grid.Grid, row: grid.Row) -> dict[str, Any]:
    told: dict[str, Any] = {"id": row.id} | ({"alternativeOf": row.alternative_of} if row.alternative_of else {})
    for key, columns, cells in (("when", one.inputs, row.cells), ("then", one.outputs, row.outputs)):
        told[key] = {column.name: cell for column, cell in zip(columns, cells, strict=True) if cell}
    return told | _reasons(row.reasons)


def _reasons(reasons: grid.Reasons) -> dict[str, Any]:
    lists = {"evidence": list(item_types.words(reasons.evidence)), "claims": list(item_types.words(reasons.claims))}
    return {"because": reasons.because} | lists | {"origin": reasons.origin, "annotation": reasons.annotation}


def _workbook(found: Source) -> bytes:
    body = io.BytesIO()
    xlsx.write(found.model, body)
    return body.getvalue()


def _markdown(found: Source) -> bytes:
    return markdown.write(found.model, title=found.title, evidence=found.evidence).encode()


def _html(found: Source) -> bytes:
    return html.write(found.model, title=found.title, evidence=found.evidence).encode()


def _dmn(version: str) -> Callable[[Source], bytes]:
    return lambda found: writing.write(found.model, version=version)


FORMATS: Mapping[str, tuple[str, Callable[[Source], bytes]]] = MappingProxyType(
    {
        "dmn": (".dmn", _dmn("1.3")),
        "dmn13": (".dmn", _dmn("1.3")),
        "dmn15": (".dmn", _dmn("1.5")),
        "xlsx": (".xlsx", _workbook),
        "markdown": (".md", _markdown),
        "html": (".html", _html),
    }
)
KINDS = (*FORMATS, "csv")
BINARY = ("xlsx",)


def _read(path: Path) -> DecisionModel:
    if path.is_dir():
        return _csv({file.name: _bytes(file) for file in sorted(path.glob(f"*{csv.SUFFIX}"))})
    suffix, body = path.suffix.lower(), _bytes(path)
    if suffix == ".xlsx":
        return xlsx.read(io.BytesIO(body), path.name)
    if suffix == csv.SUFFIX:
        return csv.read_table(_text(body, path.name), path.name)
    if suffix == ZIP:
        return _csv(_unpacked(body, path.name))
    if suffix in DMN_SUFFIXES:
        return reading.read_model(body, path.name)
    raise ContentError("The name must end in .dmn, .xlsx, .csv or .zip, or be a folder of CSV files.", expression=path.name)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMIT:
            raise TooLarge(f"The file has more than {LIMIT // 2**20} MB.", expression=path.name)
        return path.read_bytes()
    except OSError as error:
        raise ContentError("The file cannot be read.", expression=path.name) from error


def _csv(files: Mapping[str, bytes]) -> DecisionModel:
    return csv.read_model({name: _text(body, name) for name, body in files.items()})


def _text(body: bytes, name: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError("Not UTF-8. Save it as `CSV UTF-8`.", expression=name) from error


def _unpacked(body: bytes, name: str) -> dict[str, bytes]:
    """The CSV files of an archive by their names, folders left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = [part for part in archive.infolist() if part.filename.lower().endswith(csv.SUFFIX)]
            if sum(part.file_size for part in parts) > LIMIT:
                raise TooLarge(f"The archive unpacks to more than {LIMIT // 2**20} MB.", expression=name)
            return {Path(part.filename).name: archive.read(part) for part in parts}
    except (zipfile.BadZipFile, RuntimeError, EOFError) as error:
        raise ContentError("Not a ZIP archive that can be read. Pack it again, without a password.", expression=name) from error
