"""Seals the draft: copies it to a folder of its own, compiles it, writes the manifest and lists it in the index.

A sealed folder never changes; sealing the same version again is refused.
"""

import json
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cds.foundation import instants, periods
from cds.foundation.errors import ContentError
from cds.releases import checking, documents, loading, manifests
from cds.releases.catalogue import DRAFT, INDEX
from cds.values.release import Release

REVIEW_AFTER = timedelta(days=365)
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def seal(condition: Path, version: str, *, day: date, engine: str, start: str = "") -> str:
    """Makes `condition/<version>` of the draft and returns its digest; ContentError when the draft has a finding.

    It is in force from `start`, a day or an instant; from the beginning of `day` when that is empty.
    """
    if not VERSION.fullmatch(version):
        raise ContentError("A version has three numbers, like 1.0.0.", expression="version")
    target = condition / version
    if target.exists():
        raise ContentError("This version is sealed already. A correction is a new version.", expression=version)
    found = checking.check(condition / DRAFT)
    if found:
        raise ContentError(f"The draft has {len(found)} findings. Mend them first.", more=tuple(found))
    return _write(condition, target, day=day, engine=engine, start=start or day.isoformat())


def begins(condition: Path, at: datetime) -> str:
    """From when a release that is sealed at the instant is in force: from that day, or from the instant where another release began on that day."""
    latest = [version["effectivePeriod"]["start"] for version in _index(condition)["versions"][-1:]]
    today = periods.moment(at.date().isoformat())
    return instants.written(at) if any(periods.moment(start) >= today for start in latest) else at.date().isoformat()


def _write(condition: Path, target: Path, *, day: date, engine: str, start: str) -> str:
    staging = target.with_name(f".{target.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    shutil.copytree(condition / DRAFT, staging)
    sources = documents.authored(staging)
    (staging / documents.COMPILED).write_bytes(sources.compiled())
    index = _index(condition)
    release = loading.draft(staging, name=condition.name, documents=sources)
    manifest = _manifest(staging, release, target.name, day=day, engine=engine, start=start, previous=index["versions"][-1:])
    (staging / documents.MANIFEST).write_text(_pretty(manifest), encoding="utf-8")
    staging.rename(target)
    digest = manifests.digest(manifest)
    for version in index["versions"][-1:]:
        version["effectivePeriod"].setdefault("end", start)
    entry = {"version": target.name, "digest": digest, "status": "active", "effectivePeriod": {"start": start}}
    (condition / INDEX).write_text(_pretty(index | {"versions": [*index["versions"], entry]}), encoding="utf-8")
    return digest


def _index(condition: Path) -> dict[str, Any]:
    if not (condition / INDEX).exists():
        return {"name": condition.name, "versions": []}
    return dict(loading.json_file(condition / INDEX, condition))


def _manifest(folder: Path, release: Release, version: str, *, day: date, engine: str, start: str, previous: list[dict[str, Any]]) -> dict[str, Any]:
    citations = [{"type": "citation", "label": reference.id, "citation": reference.citation} for reference in release.references.values()]
    predecessor = [{"type": "predecessor", "label": entry["version"], "digest": entry["digest"]} for entry in previous]
    return {
        "url": release.questionnaire["url"].replace("/Questionnaire/", "/Library/"),
        "name": release.name,
        "version": version,
        "title": release.cards.title,
        "date": day.isoformat(),
        "reviewBy": (day + REVIEW_AFTER).isoformat(),
        "effectivePeriod": {"start": start},
        "derivedFrom": previous[0]["digest"] if previous else None,
        "questionnaire": {"url": release.questionnaire["url"], "version": release.questionnaire["version"]},
        "engine": engine,
        "relatedArtifact": predecessor + citations,
        "files": manifests.files(folder),
    }


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
