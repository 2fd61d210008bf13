"""The file of registered clients that `CDS_CLIENTS` names: TOML, checked against `schemas/clients.schema.json` when the service starts."""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from cds.foundation import schemas
from cds.foundation.errors import CdsError, Diagnostic
from cds.foundation.outbound import origins, registered
from cds.service import profiles
from cds.values.client import Client

HTTPS = "must be an https URL that can be called: a name or a public address, without user, query and fragment"
HTTPS_OR_LOOPBACK = f"{HTTPS}; in development http on this machine will do"


class BadClients(CdsError):
    """The file of clients is not there or cannot be used; names the file and the key, never a value."""

    code = "invalid"


def load(file: Path, *, development: bool = False, versions: Collection[str] | None = None) -> dict[str, Client]:
    """The clients by their issuer; their files are named from the folder of this one. Raises BadClients with every fault.

    In `development` servers may be on this machine, and without TLS. `versions` are those that a client may be pinned to; None checks no pin.
    """
    value = _read(file)
    faults = [_placed(file, problem) for _, problem in schemas.problems("clients", value)]
    faults = faults or list(_faults(file, value["clients"], development, versions))
    if faults:
        raise BadClients(f"The file of clients {file.name} is wrong.", more=tuple(faults))
    return {entry["issuer"]: _client(file.parent, entry) for entry in value["clients"]}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise BadClients("CDS_CLIENTS names no file that can be read.", expression="CDS_CLIENTS") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise BadClients("The file of clients is not TOML in UTF-8.", expression=file.name) from None


def _client(folder: Path, entry: Mapping[str, Any]) -> Client:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    if "jwks_file" in entry:
        values["jwks_file"] = str(folder / entry["jwks_file"])
    return Client(**values | {"profile": _profile(folder, entry)})


def _profile(folder: Path, entry: Mapping[str, Any]) -> str:
    """A packaged profile by its name, any other as the path of its file."""
    chosen = str(entry.get("profile", "spec"))
    return chosen if chosen in profiles.names() else str(folder / chosen)


def _faults(file: Path, entries: list[dict[str, Any]], development: bool, versions: Collection[str] | None) -> Iterator[Diagnostic]:
    """What the schema cannot say."""
    for key in ("name", "issuer"):
        often = Counter(entry[key] for entry in entries)
        yield from (
            _wrong(file, n, key, "is that of another client too; give each its own") for n, entry in enumerate(entries) if often[entry[key]] > 1
        )
    for number, entry in enumerate(entries):
        yield from (_wrong(file, number, key, text) for key, text in _of_one(entry, development, versions))
        yield from (_wrong(file, number, "profile", text) for text in _of_profile(_profile(file.parent, entry)))


def _of_one(entry: Mapping[str, Any], development: bool, versions: Collection[str] | None) -> Iterator[tuple[str, str]]:
    wanted = HTTPS_OR_LOOPBACK if development else HTTPS
    for key in ("jwks_url", "fhir_server"):
        if key in entry and registered.parse(entry[key], development=development) is None:
            yield key, wanted
    for number, origin in enumerate(entry.get("origins", ())):
        if not _is_origin(origin):
            yield f"origins.{number}", "must be as a browser sends it: scheme, host in lower case, the port unless it is the usual one, and no more"
    if versions is not None and "release" in entry and entry["release"] not in versions:
        yield "release", "is no version of the content folder; name one that `cds release list` shows"


def _of_profile(chosen: str) -> Iterator[str]:
    """What is wrong with a client's profile, by its own file and key."""
    try:
        profiles.load(chosen)
    except profiles.NoProfile:
        yield f"is neither a packaged profile ({', '.join(profiles.names())}) nor a file that can be read"
    except profiles.BadProfile as error:
        yield from (f"names a file that is wrong: {one.text.removesuffix('.')}" for one in error.diagnostics())


def _is_origin(text: str) -> bool:
    found = origins.parse(text)
    return found is not None and found.origin.text == text


def _wrong(file: Path, number: int, key: str, text: str) -> Diagnostic:
    return Diagnostic("error", "invalid", f"{file.name}: clients.{number}.{key} {text}.", f"{file.name}: clients.{number}.{key}")


def _placed(file: Path, problem: Diagnostic) -> Diagnostic:
    return Diagnostic(problem.severity, problem.code, f"{file.name}: {problem.text}", f"{file.name}: {problem.expression}")
