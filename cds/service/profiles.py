"""Client profiles: a packaged one by its name (`cds/profiles`), or an operator's TOML file; checked when the service starts."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cds.foundation import schemas
from cds.foundation.errors import CdsError, Diagnostic
from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding, Release

PACKAGED = Path(__file__).parent.parent / "profiles"
SUFFIX = ".toml"


class BadProfile(CdsError):
    """A client profile that is not there or cannot be used; names file and key, never a value."""

    code = "invalid"


class NoProfile(BadProfile):
    """There is no such packaged profile, and no such file."""


def names() -> tuple[str, ...]:
    """The packaged profiles."""
    return tuple(sorted(path.stem for path in PACKAGED.glob(f"*{SUFFIX}")))


def load(chosen: str, releases: Iterable[Release] = ()) -> ClientProfile:
    """The packaged profile of that name, else the one in the file of that path.

    Raises BadProfile with every fault: no such file, not TOML, another shape, a resource that is not allowed, a code of ours
    twice, and a code that none of the `releases` has: a misspelt code would go out without the client's coding.
    """
    file = PACKAGED / f"{chosen}{SUFFIX}" if chosen in names() else Path(chosen)
    value = _read(file)
    shape = [_placed(file, problem) for _, problem in schemas.problems("profile", value)]
    problems = shape or [*_disagreements(file, value), *_unknown(file, value, tuple(releases))]
    if problems:
        raise BadProfile(f"The client profile {file.name} is wrong.", more=tuple(problems))
    return _profile(value, name=chosen if chosen in names() else file.stem)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        text = f"CDS_PROFILE names neither a packaged profile ({', '.join(names())}) nor a TOML file that can be read."
        raise NoProfile(text, expression="CDS_PROFILE") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise BadProfile(f"The client profile {file.name} is not TOML in UTF-8.", expression=file.name) from None


def _profile(value: Mapping[str, Any], *, name: str) -> ClientProfile:
    proposals, sent = value["proposals"], value.get("cards", {})
    return ClientProfile(
        proposals.get("kind", ""),
        proposals.get("kinds", {}),
        {(entry["system"], entry["code"]): _translation(entry) for entry in value.get("codings", ())},
        limit=sent.get("limit"),
        selection=sent.get("selection", "any"),
        links=frozenset(sent.get("links", ("explanation", "form"))),
        plain=sent.get("text") == "plain",
        silent=value.get("silent", False),
        name=name,
    )


def _translation(entry: Mapping[str, Any]) -> Translation:
    theirs = tuple(Coding(one["system"], one["code"], one.get("display", "")) for one in entry["theirs"])
    return Translation(theirs, entry.get("place") == "instead")


def _disagreements(file: Path, value: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What the schema cannot say: every resource is one of those allowed, and each code of ours is translated once."""
    proposals = value["proposals"]
    allowed = proposals["allowed"]
    if allowed and "kind" not in proposals:
        yield _wrong(file, "proposals.kind", "is missing. Name one of `allowed`")
    asked = {"kind": proposals["kind"]} if "kind" in proposals else {}
    asked |= {f"kinds.{code}": kind for code, kind in proposals.get("kinds", {}).items()}
    for key, kind in asked.items():
        if kind not in allowed:
            yield _wrong(file, f"proposals.{key}", "is a resource that `allowed` does not list. Allow it, or take another")
    seen = set()
    for number, entry in enumerate(value.get("codings", ())):
        if (entry["system"], entry["code"]) in seen:
            yield _wrong(file, f"codings.{number}", "translates a code a second time. List all of theirs in one entry")
        seen.add((entry["system"], entry["code"]))


def _unknown(file: Path, value: Mapping[str, Any], releases: tuple[Release, ...]) -> Iterator[Diagnostic]:
    if not releases:
        return
    ours = {pair for release in releases for pair in _codes(release)}
    for code in value["proposals"].get("kinds", {}):
        if code not in {known for _, known in ours}:
            yield _wrong(file, f"proposals.kinds.{code}", "is no code that a served release proposes. Take it out, or mend it")
    for number, entry in enumerate(value.get("codings", ())):
        if (entry["system"], entry["code"]) not in ours:
            yield _wrong(file, f"codings.{number}", "is of no system and code that a served release proposes or knows. Take it out, or mend it")


def _codes(release: Release) -> Iterator[tuple[str, str]]:
    """The system and code of all that a proposal of the release may hold, of the topics of its cards, and of the orders that it knows."""
    content = release.cards
    ordered = {one.value_set for check in content.orders for one in check.sets} | {one.ordered_as for one in content.recommendations.values()}
    yield from (pair for name in sorted(filter(None, ordered)) for pair in release.value_sets[name].codes)
    yield from ((topic.system, topic.code) for topic in content.topics.values())
    yield content.reason.system, content.reason.code
    for code, recommended in content.recommendations.items():
        if recommended.proposed:
            yield content.recommendation_system, code


def _wrong(file: Path, key: str, text: str) -> Diagnostic:
    return Diagnostic("error", "invalid", f"{file.name}: {key} {text}.", f"{file.name}: {key}")


def _placed(file: Path, problem: Diagnostic) -> Diagnostic:
    return Diagnostic(problem.severity, problem.code, f"{file.name}: {problem.text}", f"{file.name}: {problem.expression}")
