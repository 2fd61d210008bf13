"""The releases of a content folder, each read and verified once: by the digest that a record names, or by version."""

from collections.abc import Callable
from pathlib import Path

from cds.foundation.errors import CdsError, NotFound
from cds.releases import catalogue
from cds.releases.catalogue import Entry
from cds.service.replaying.recorded import NotReplayable
from cds.values.record import Logic
from cds.values.release import Release

GONE = "is no longer held. Set CDS_CONTENT to a folder that has it"
ANOTHER = "is not the one that is held under that version now"


class Shelf:
    """What was looked for once is not read again, found or not. Of one thread."""

    def __init__(self, content: Path) -> None:
        self._content = content
        self._read: dict[tuple[str, str, str], Release | NotReplayable] = {}

    def recorded(self, logic: Logic) -> Release:
        """The very release that decided, in the language of then. NotReplayable when it is not held, or no longer verifies."""
        held = self._entries(logic.name)
        found = next((entry for entry in held if entry.digest == logic.digest), None)
        if found is None:
            why = ANOTHER if logic.version in {entry.version for entry in held} else GONE
            raise NotReplayable(f"Release {logic.version} of then {why}.")
        return self._kept(found, logic.language)

    def version(self, logic: Logic, version: str) -> Release:
        """The release of that version of what decided. NotReplayable when there is none, or none in that language."""
        found = next((entry for entry in self._entries(logic.name) if entry.version == version), None)
        if found is None:
            raise NotReplayable(f"There is no release {version} of what decided this.")
        return self._kept(found, logic.language)

    def _entries(self, name: str) -> tuple[Entry, ...]:
        try:
            return catalogue.entries(self._content, name)
        except NotFound:
            return ()

    def _kept(self, entry: Entry, language: str) -> Release:
        key = (entry.name, entry.digest, language)
        if key not in self._read:
            self._read[key] = _tried(lambda: catalogue.load(self._content, entry, language=language), entry.version)
        found = self._read[key]
        if isinstance(found, NotReplayable):
            raise found
        return found


def _tried(load: Callable[[], Release], version: str) -> Release | NotReplayable:
    try:
        return load()
    except CdsError as error:
        return NotReplayable(f"Release {version} cannot be used: {error.text}", expression=error.expression)
