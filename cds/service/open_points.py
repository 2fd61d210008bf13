"""What of a release waits for a clinician: its open questions, the references from memory and the codes that nobody has checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cds.foundation.settings import Settings
from cds.releases import questions, verification
from cds.service import versions
from cds.values.release import Release

WHICH = "Name the condition with --name."
SHOWN = 12


def of(settings: Settings, version: str, *, name: str | None = None) -> dict[str, Any]:
    """The open points of a version, or of `draft`; each with the ids of the rules that it touches."""
    (release,) = versions.releases(settings, version, which=WHICH, name=name)
    return described(settings.content / release.name / version, release)


def described(folder: Path, release: Release) -> dict[str, Any]:
    """The open points of a release that was read from `folder`."""
    asked = questions.read(folder, release.model)
    return {
        "name": release.name,
        "version": release.version,
        "listed": questions.listed(folder),
        "questions": [{"id": one.id, "about": one.about, "question": one.text, "now": one.now, "rules": list(one.rules)} for one in asked],
        "references": [
            {"id": one.id, "citation": one.citation, "verification": one.verification, "rules": list(verification.citing(release, one.id))}
            for one in verification.references(release)
        ],
        "codes": list(_codes(folder, release)),
    }


def _codes(folder: Path, release: Release) -> Iterator[dict[str, Any]]:
    found: dict[str, list[verification.Code]] = {}
    for one in verification.codes(folder):
        found.setdefault(one.value_set, []).append(one)
    for value_set, codes in found.items():
        told = [{"system": one.system, "code": one.code, "display": one.display, "mark": one.mark} for one in codes]
        yield {"valueSet": value_set, "rules": list(verification.reading(release, value_set)), "codes": told}


def markdown(points: dict[str, Any]) -> str:
    """The page of docs/explanation: a table for the questions under each heading, then references and codes."""
    return "\n".join([*_head(points), *_questions(points), *_references(points), *_value_sets(points), ""])


def _head(points: dict[str, Any]) -> Iterator[str]:
    yield "# Open clinical questions"
    yield ""
    yield f"What waits for a named clinician before {points['name']} may be used for anything but study. Nothing here is decided by software:"
    yield "until a question is answered the tables do what the column *now* says,"
    yield "and what is marked as from memory or unverified keeps that mark wherever it is shown."
    yield ""
    counts = (len(points["questions"]), len(points["references"]), sum(len(one["codes"]) for one in points["codes"]))
    if not points["listed"]:
        yield "This release does not list its questions; what its CHANGES.md calls open is open."
    yield "There are {} questions, {} references of which a part or all is from memory, and {} codes that nobody has checked.".format(*counts)


def _questions(points: dict[str, Any]) -> Iterator[str]:
    for about in dict.fromkeys(one["about"] for one in points["questions"]):
        yield from ("", f"## {about}", "", "| id | question | now | rules |", "|---|---|---|---|")
        for one in points["questions"]:
            if one["about"] == about:
                yield f"| {one['id']} | {_cell(one['question'])} | {_cell(one['now'])} | {_ids(one['rules'])} |"


def _references(points: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## References from memory", "", "V is confirmed from the source, M is from memory.", "")
    yield from ("| reference | what is from memory | rules that rest on it |", "|---|---|---|")
    for one in points["references"]:
        yield f"| {one['id']} | {_cell(one['verification'])} | {_ids(one['rules'])} |"


def _value_sets(points: dict[str, Any]) -> Iterator[str]:
    yield from (
        "",
        "## Codes that nobody has checked",
        "",
        f"Of more than {SHOWN} codes of one set the first are named; the value set marks each.",
        "",
    )
    yield from ("| value set | codes | rules that read it |", "|---|---|---|")
    for one in points["codes"]:
        named = ", ".join(f"{code['code']} {code['display']}".strip() for code in one["codes"][:SHOWN])
        more = f" and {len(one['codes']) - SHOWN} more" if len(one["codes"]) > SHOWN else ""
        yield f"| {one['valueSet']} | {_cell(named)}{more} | {_ids(one['rules'])} |"


def _ids(rules: list[str]) -> str:
    return ", ".join(rules) or "none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
