"""The words of a release for coded values."""

from decimal import Decimal
from typing import Any

from cds.foundation import canonical
from cds.values.release import Release


def word(release: Release, name: str, value: Any) -> str:
    """The words for a value of a fact or decision; a number with its unit; a list joined by commas."""
    if isinstance(value, (tuple, list)):
        return ", ".join(word(release, name, item) for item in value)
    if isinstance(value, (int, float, Decimal)):
        definition = release.facts.facts.get(name)
        return f"{canonical.plain(value)} {word(release, 'unit', definition.unit) if definition else ''}".strip()
    return release.cards.words.get(name, {}).get(value, str(value))
