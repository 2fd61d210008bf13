"""Which response was assessed is sealed with the decision, and shown to who opens it."""

from typing import Any

import pytest

from cds.service import deciding, evaluate, ledger
from cds.service import desk as desks
from tests.service import entries, messages
from tests.service.conftest import Knee


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"id": "7", "meta": {"versionId": "3"}}, "QuestionnaireResponse/7/_history/3"),
        ({"id": "7"}, "QuestionnaireResponse/7"),
        ({"id": "7", "meta": {"versionId": "no id at all"}}, "QuestionnaireResponse/7"),
        ({"id": "../7", "meta": {"versionId": "3"}}, None),
    ],
)
def test_the_reference_has_the_version_where_there_is_one(changes: dict[str, Any], kept: str | None) -> None:
    told = deciding.response_named({"resourceType": "QuestionnaireResponse", "authored": "2030-06-15T12:00:00Z"} | changes)
    assert told == {"authored": "2030-06-15T12:00:00Z"} | ({"reference": kept} if kept else {})


def test_without_a_response_or_a_date_nothing_is_kept() -> None:
    assert deciding.response_named(None) == {}
    assert deciding.response_named({"authored": "yesterday", "id": 7, "meta": []}) == {}


def test_it_is_sealed_and_shown_to_who_opens_the_decision(knee: Knee) -> None:
    sent = knee.response({"locked": "yes"}) | {"id": "canary-7", "meta": {"versionId": "3"}}
    evaluate.submit(knee.app, messages.body(sent))
    stored = entries.newest(knee.app)
    assert b"canary-7" not in stored.body
    assert stored.record.opened.response == {"reference": "QuestionnaireResponse/canary-7/_history/3", "authored": sent["authored"]}
    with desks.at(knee.app.settings) as desk:
        assert ledger.show(desk, stored.entry_id)["response"] == dict(stored.record.opened.response)
