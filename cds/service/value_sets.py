"""The value sets of a draft on the command line: made from their sources, or compared with them."""

from pathlib import Path

from cds.releases import value_set_building


def make(folder: Path) -> list[str]:
    """Writes the value sets that are not what their sources say; the paths of those."""
    return value_set_building.write(folder)


def differences(folder: Path) -> dict[str, str]:
    """What is wrong with each file of value sets, by path; nothing is written."""
    return value_set_building.differences(folder)
