"""The page on registering a client shows a file that the service loads, and the reference has every key and the causes as the ledger words them."""

import json
import re
from pathlib import Path

from cds.foundation.settings import PACKAGED_CONTENT
from cds.hooks.tokens import Cause
from cds.releases import catalogue
from cds.service import clients

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs" / "how-to" / "register-a-client.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference" / "clients-file.md").read_text(encoding="utf-8")


def test_the_example_is_loaded_as_in_production(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```", HOW_TO, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "clients.toml").write_text(shown, encoding="utf-8")
    versions = {entry.version for entry in catalogue.entries(PACKAGED_CONTENT, "low-back-pain")}
    found = clients.load(tmp_path / "clients.toml", development=False, versions=versions)
    assert [client.name for client in found.values()] == ["General Hospital", "Epic production"]


def test_every_key_has_its_row() -> None:
    schema = json.loads((ROOT / "schemas" / "clients.schema.json").read_text(encoding="utf-8"))
    keys = set(schema["properties"]["clients"]["items"]["properties"])
    table = REFERENCE[: REFERENCE.index("## Keys")]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, flags=re.MULTILINE)) == keys


def test_the_causes_are_those_of_the_ledger() -> None:
    rows = REFERENCE[REFERENCE.index("| cause in the ledger") :].splitlines()[2:]
    named = {cause for row in rows for cause in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert named
    assert named <= set(Cause)
