"""Every entry of a client that a page shows is one that the service takes, and every profile too."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cds.foundation import schemas

PAGES = Path(__file__).parents[2] / "docs"
SHOWN = [
    (page.relative_to(PAGES).as_posix(), tomllib.loads(text))
    for page in sorted(PAGES.rglob("*.md"))
    for text in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
]


def having(key: str) -> list[Any]:
    """The blocks of TOML that have this key, with the page that each stands on."""
    return [pytest.param(value, id=page) for page, value in SHOWN if key in value]


@pytest.mark.parametrize("value", having("clients"))
def test_a_client_that_a_page_shows_can_be_registered(value: dict[str, Any]) -> None:
    assert schemas.problems("clients", value) == []


@pytest.mark.parametrize("value", having("proposals"))
def test_a_profile_that_a_page_shows_is_one(value: dict[str, Any]) -> None:
    assert schemas.problems("profile", value) == []


def test_each_ehr_has_a_client() -> None:
    pages = {page for page, value in SHOWN if "clients" in value}
    assert {f"how-to/connect-{name}.md" for name in ("epic", "oracle-health", "athenaone", "the-sandbox")} <= pages
