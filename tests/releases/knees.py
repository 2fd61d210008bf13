"""An invented condition, written, sealed and edited in a folder of the test: content that shares nothing with a released one."""

import shutil
from datetime import date
from pathlib import Path

from cds.releases import sealing

SOURCE = Path(__file__).parent / "sore-knee"
NAME = "sore-knee"
DAY = date(2030, 1, 1)
ENGINE = "0.1.0"


def draft(content: Path, name: str = NAME) -> Path:
    """A new draft under `content`, which `sealing` and `checking` take; returns the folder of the condition."""
    shutil.copytree(SOURCE, content / name / "draft")
    return content / name


def sealed(content: Path, version: str = "1.0.0", *, day: date = DAY) -> Path:
    """A sealed release under `content`; returns the folder of the condition."""
    condition = content / NAME if (content / NAME).exists() else draft(content)
    sealing.seal(condition, version, day=day, engine=ENGINE)
    return condition


def edit(path: Path, old: str, new: str) -> None:
    """Replaces the one place where `old` stands in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
