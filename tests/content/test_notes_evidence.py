"""The evidence of the draft against the clinical notes of `../shared`: claims, keys, references, grades and marks."""

import json
import re
from pathlib import Path

from cds.releases.documents import Documents


def test_every_claim_keeps_its_stance_and_evidence(shared: Path, authored: Documents) -> None:
    claims = json.loads((shared / "clinical" / "claims.json").read_text(encoding="utf-8"))
    held = [[claim[key] for key in ("id", "stance", "evidence", "concept")] for claim in authored.evidence.value["claims"]]
    named = ["commercial product" if re.search(r"\bbranded\b", one["concept"]) else one["concept"] for one in claims]
    assert held == [[one["id"], one["stance"], one["evidence"], concept] for one, concept in zip(claims, named, strict=True)]


def test_no_claim_is_quoted(shared: Path, authored: Documents) -> None:
    quotes = {claim["id"]: claim["quote"] for claim in json.loads((shared / "clinical" / "claims.json").read_text(encoding="utf-8"))}
    assert [claim["id"] for claim in authored.evidence.value["claims"] if quotes[claim["id"]].casefold() in claim["concept"].casefold()] == []


def test_every_evidence_key_and_reference_keeps_its_grades_and_marks(shared: Path, authored: Documents) -> None:
    keys = ("key", "topic", "verdict", "certainty", "strength", "refs")
    noted = json.loads((shared / "clinical" / "evidence.json").read_text(encoding="utf-8"))
    assert [[entry[key] for key in keys] for entry in authored.evidence.value["evidence"]] == [[one[key] for key in keys] for one in noted]
    references = json.loads((shared / "clinical" / "references.json").read_text(encoding="utf-8"))
    for held, one in zip(authored.evidence.value["references"], references, strict=True):
        assert (held["id"], held["citation"]) == (one["id"], one["citation"])
        assert held["locator"] == ("" if " " in one["doi_or_url"] else one["doi_or_url"]), held["id"]
        assert held["verification"].startswith(one["verification"]), held["id"]
