"""The manifest: the digest of every file of a release, and the digest of the manifest itself (RFC 8785)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cds.foundation import canonical
from cds.foundation.errors import ContentError
from cds.foundation.yaml import Document
from cds.releases.documents import MANIFEST, read, require_valid


def files(folder: Path) -> dict[str, str]:
    """The digest of every file of the folder but the manifest, by relative path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): canonical.digest(path.read_bytes()) for path in paths}


def digest(manifest: Mapping[str, Any]) -> str:
    """The digest of a release: that of its manifest in canonical form."""
    return canonical.digest(canonical.dumps(manifest))


def verified(folder: Path) -> tuple[Mapping[str, Any], str]:
    """The manifest and its digest, after every file was compared with it; ContentError names the file that differs."""
    try:
        manifest = json.loads(read(folder / MANIFEST, folder))
    except json.JSONDecodeError as error:
        raise ContentError("The manifest is not JSON. Take the release again from where it came.", expression=MANIFEST) from error
    require_valid("manifest", Document(MANIFEST, manifest))
    listed, found = manifest["files"], files(folder)
    for path in sorted(listed.keys() | found.keys()):
        if listed.get(path) != found.get(path):
            raise ContentError("The file is not the one that was sealed. Take the release again from where it came.", expression=path)
    return manifest, digest(manifest)
