"""Notes of erasures beside the heads, so that a backup from before an erasure does not bring back what was erased.

One empty file for each erasure, `heads/<log id>/erased/<subject>.<id of its action>`. It holds a pseudonym and nothing else, and goes wherever
the heads are copied. It is written before the keys go: an erasure that then failed is made good by the next restore.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from cds.audit import faults, files

FOLDER = "erased"
NAME = re.compile(r"([0-9a-f]{64})\.([A-Za-z0-9.-]{1,64})")


def note(heads: Path, log_id: str, subject: str, action_id: str) -> None:
    """Notes that this action erases the subject, in a folder of heads; synced when it returns. Raises LedgerUnavailable where it cannot."""
    with faults.translated():
        folder = heads / log_id / FOLDER
        files.make_folders(folder)
        (folder / f"{subject}.{action_id}").touch(mode=0o600)
        files.sync(folder)


def read(heads: Path, log_id: str) -> Mapping[str, frozenset[str]]:
    """The subjects that were erased from this log, each with the ids of the actions that did it; files of other names are nobody's notes."""
    found: dict[str, frozenset[str]] = {}
    with faults.translated():
        folder = heads / log_id / FOLDER
        for matched in filter(None, map(NAME.fullmatch, sorted(os.listdir(folder)) if folder.is_dir() else ())):
            subject, action = matched.groups()
            found[subject] = found.get(subject, frozenset()) | {action}
    return found
