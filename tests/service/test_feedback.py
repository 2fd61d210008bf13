"""Feedback on cards: kept once and joined to decision, release and rules; kept apart where the card is not the caller's (rows G1 to G7)."""

import itertools
import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.audit.ledger import Ledger
from cds.foundation import yaml
from cds.foundation.errors import LedgerUnavailable, NotFound, NotJson, TooLarge, WrongShape
from cds.foundation.settings import Settings
from cds.releases import catalogue
from cds.service import application, desk, feedback, hook, ledger, ledgers
from cds.service.application import Application
from cds.service.desk import Wanted
from cds.service.feedback import Meter
from cds.values.client import Caller
from cds.values.record import FeedbackRecord
from tests.service import entries, messages
from tests.service.conftest import Knee
from tests.service.messages import CANARY, patient

SERVICE = "sore-knee"
AT = "2030-06-15T12:30:00Z"
CATEGORIES = {
    "cds-not-applicable", "cds-suboptimal-context", "recipient-disagrees-evidence", "recipient-concerns-outcomes", "does-not-align-preferences",
    "not-convenient-feasible",
}  # fmt: skip
"""The six of `http://terminology.hl7.org/ValueSet/non-adherence-reason-category` (CDS Hooks 3.0 ballot)."""
UNKNOWN = "0f0f4f3c-1111-4222-8333-444455556666"


@pytest.fixture
def card(knee: Knee) -> dict[str, Any]:
    """A card that was given to anybody."""
    return given_to(knee, knee.app)


def given_to(knee: Knee, app: Application) -> dict[str, Any]:
    """A card that this application gave to its caller."""
    sent = {"patient": patient(), "response": knee.response({"locked": "yes"})}
    found: dict[str, Any] = hook.answer(app, SERVICE, messages.body(messages.hook(sent)))["cards"][0]
    return found


def overridden(card: str, **more: Any) -> dict[str, Any]:
    """A card that was dismissed."""
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": AT} | more


def accepted(card: str, *suggestions: str, **more: Any) -> dict[str, Any]:
    """A card of which suggestions were taken."""
    return {"card": card, "outcome": "accepted", "acceptedSuggestions": [{"id": one} for one in suggestions], "outcomeTimestamp": AT} | more


def send(app: Application, *items: Any) -> dict[str, Any]:
    """The answer to these items."""
    return feedback.take(app, SERVICE, messages.body({"feedback": list(items)}))


def kept(app: Application) -> list[FeedbackRecord]:
    """The feedback in the ledger, in the order in which it came."""
    assert app.ledger
    assert app.ledger.verify().faults == ()
    found = [stored.entry for stored in app.ledger.records() if stored.kind == "feedback"]
    return [one for one in found if isinstance(one, FeedbackRecord)]


def test_what_was_accepted_is_joined_to_its_decision_release_and_rules(knee: Knee, card: dict[str, Any]) -> None:
    suggestion = card["suggestions"][1]["uuid"]
    assert send(knee.app, accepted(card["uuid"], suggestion)) == {"received": 1, "items": [{"index": 0, "status": "recorded", "card": card["uuid"]}]}
    (found,) = kept(knee.app)
    decision = card["extension"]["org.back-pain-cds.decision"]
    assert (found.decision_id, found.release, found.digest, found.rules) == (
        decision["decisionId"], decision["release"], decision["digest"], tuple(decision["rules"]),
    )  # fmt: skip
    assert (found.service, found.card, found.outcome, found.outcome_at) == (SERVICE, card["uuid"], "accepted", AT)
    assert (found.accepted, found.unknown_suggestions, found.received_at) == ((suggestion,), (), "2030-06-15T12:00:00Z")


def test_a_suggestion_that_the_card_did_not_have_is_kept_and_flagged(knee: Knee, card: dict[str, Any]) -> None:
    real = card["suggestions"][0]["uuid"]
    (told,) = send(knee.app, accepted(card["uuid"], real.upper(), UNKNOWN, CANARY))["items"]
    assert told["unknownSuggestions"] == 2
    (found,) = kept(knee.app)
    assert found.accepted[:2] == (real, UNKNOWN)
    assert found.unknown_suggestions == found.accepted[1:]
    assert found.accepted[2].startswith("sha256:")


def test_a_reason_of_the_card_is_kept_by_its_code(knee: Knee, card: dict[str, Any]) -> None:
    reason = card["overrideReasons"][0]
    for sent in (reason, {"system": reason["system"], "code": reason["code"]}, {"code": reason["code"]}):
        send(knee.app, overridden(card["uuid"], overrideReason={"reason": sent}))
    (found,) = kept(knee.app)
    assert (found.reason, found.other_reason, found.commented) == (reason["code"], False, False)


@pytest.mark.parametrize("system", [None, "https://example.org/reasons"])
def test_a_reason_of_others_and_a_comment_are_kept_as_having_been(knee: Knee, card: dict[str, Any], system: str | None) -> None:
    reason = {"code": CANARY, "display": CANARY} | ({"system": system} if system else {})
    send(knee.app, overridden(card["uuid"], overrideReason={"reason": reason, "userComment": CANARY}))
    (found,) = kept(knee.app)
    assert (found.reason, found.other_reason, found.commented) == ("", True, True)


def test_a_code_of_ours_under_another_system_is_another_reason(knee: Knee, card: dict[str, Any]) -> None:
    code = card["overrideReasons"][0]["code"]
    send(knee.app, overridden(card["uuid"], overrideReason={"reason": {"code": code, "system": "https://example.org/reasons"}}))
    (found,) = kept(knee.app)
    assert (found.reason, found.other_reason) == ("", True)


def test_a_repeat_is_kept_once_however_it_is_written(knee: Knee, card: dict[str, Any]) -> None:
    later = replace(knee.app, clock=lambda: messages.AT.replace(year=2031))
    statuses = [
        [one["status"] for one in send(app, *items)["items"]]
        for app, items in (
            (knee.app, [overridden(card["uuid"]), overridden(card["uuid"])]),
            (later, [overridden(card["uuid"].upper(), outcomeTimestamp="2030-06-15T12:30:00.000+00:00", extension={})]),
        )
    ]
    assert statuses == [["recorded", "repeated"], ["repeated"]]
    assert len(kept(knee.app)) == 1


def shown_card(knee: Knee, card: str) -> dict[str, Any]:
    """A card as an auditor is shown it."""
    with desk.at(knee.app.settings) as ours:
        return ledger.show_card(ours, card)


def test_everything_that_happened_to_a_card_is_kept_and_its_newest_outcome_is_its_state(knee: Knee, card: dict[str, Any]) -> None:
    suggestion = card["suggestions"][0]["uuid"]
    first, second, third = "2030-06-15T12:10:00Z", "2030-06-15T12:10:00.5Z", "2030-06-16T00:00:00Z"
    send(knee.app, overridden(card["uuid"], outcomeTimestamp=third))
    send(knee.app, overridden(card["uuid"], outcomeTimestamp=second), accepted(card["uuid"], suggestion, outcomeTimestamp=first))
    shown = shown_card(knee, card["uuid"].upper())
    (told,) = shown["feedback"]
    assert (told["card"], told["state"]) == (card["uuid"], "overridden")
    assert [(event["outcome"], event["outcomeAt"]) for event in told["events"]] == [
        ("accepted", first), ("overridden", "2030-06-15T12:10:00.500000Z"), ("overridden", third),
    ]  # fmt: skip


def test_a_card_leads_to_service_rules_release_and_hook_call(knee: Knee, card: dict[str, Any]) -> None:
    shown = shown_card(knee, card["uuid"])
    decision = card["extension"]["org.back-pain-cds.decision"]
    assert shown["card"] == {
        "uuid": card["uuid"],
        "summary": card["summary"],
        "rules": decision["rules"],
        "release": decision["release"],
        "digest": decision["digest"],
    }
    assert (shown["channel"], shown["hookInstance"]) == (f"hook:{SERVICE}", "8f8f4f3c-1111-4222-8333-444455556666")
    assert shown["assessment"]["decisionId"] == decision["decisionId"]
    assert "feedback" not in shown
    with pytest.raises(NotFound, match="no decision that gave a card"):
        shown_card(knee, UNKNOWN)


@pytest.mark.parametrize("name", [UNKNOWN, CANARY, "Mrs Miller 41"])
def test_an_unknown_card_is_kept_apart_and_answered_like_any_other(knee: Knee, card: dict[str, Any], name: str) -> None:
    for _ in range(2):
        assert send(knee.app, overridden(name))["items"] == [{"index": 0, "status": "card-unknown"}]
    (found,) = kept(knee.app)
    assert (found.decision_id, found.release, found.digest, found.rules) == (None, "", "", ())
    assert found.card == name if name == UNKNOWN else found.card.startswith("sha256:")


def caller(knee: Knee, client: str, tenant: str = "") -> Application:
    """The application as it answers a registered client."""
    return replace(knee.app, caller=Caller(client, tenant))


def test_the_card_of_another_client_or_tenant_is_as_unknown_as_any(knee: Knee) -> None:
    ward = caller(knee, "ward", "north")
    card = given_to(knee, ward)["uuid"]
    for other in (knee.app, caller(knee, "clinic", "north"), caller(knee, "ward", "south"), caller(knee, "ward")):
        assert send(other, overridden(card)) == send(other, overridden(UNKNOWN))
    assert {found.decision_id for found in kept(knee.app)} == {None}
    assert send(ward, overridden(card))["items"] == [{"index": 0, "status": "recorded", "card": card}]
    last = kept(knee.app)[-1]
    assert (last.client, last.tenant) == ("ward", "north")
    (told,) = shown_card(knee, card)["feedback"]
    assert len(told["events"]) == 1


def test_a_decision_is_kept_with_its_client_tenant_and_profile(knee: Knee) -> None:
    given_to(knee, caller(knee, "ward", "north"))
    assert knee.app.ledger
    record = entries.newest(knee.app).record
    assert (record.client, record.tenant, record.profile) == ("ward", "north", "spec")


def test_a_large_batch_over_several_calls_is_kept_whole(knee: Knee) -> None:
    cards = [given_to(knee, knee.app)["uuid"] for _ in range(3)]
    items = [overridden(cards[number % 3], outcomeTimestamp=f"2030-06-15T12:{number // 60:02}:{number % 60:02}Z") for number in range(1000)]
    told = send(knee.app, *items)
    assert told["received"] == 1000
    assert {one["status"] for one in told["items"]} == {"recorded"}
    assert {found.card: found.decision_id for found in kept(knee.app)}.keys() == set(cards)


def test_what_has_not_happened_yet_by_more_than_a_day_is_not_kept(knee: Knee, card: dict[str, Any]) -> None:
    send(knee.app, overridden(card["uuid"], outcomeTimestamp="2030-06-16T12:00:00Z"))
    with pytest.raises(WrongShape) as caught:
        send(knee.app, overridden(card["uuid"], outcomeTimestamp="2030-06-16T12:00:01Z"))
    assert [one.expression for one in caught.value.diagnostics()] == ["feedback[0].outcomeTimestamp", "feedback"]
    assert [found.outcome_at for found in kept(knee.app)] == ["2030-06-16T12:00:00Z"]


class Slices:
    """A ledger that keeps how much was written at once, and fails after so many times."""

    def __init__(self, ledger: Ledger, fails_after: int = 99) -> None:
        self.about = ledger.about
        self.sizes: list[int] = []
        self._ledger = ledger
        self._left = fails_after

    def append_all(self, records: Sequence[Any]) -> tuple[bool, ...]:
        if not self._left:
            raise LedgerUnavailable("Not now.")
        self._left -= 1
        self.sizes.append(len(records))
        return self._ledger.append_all(records)


def many(card: str, number: int) -> list[dict[str, Any]]:
    """So many items that differ."""
    return [overridden(card, outcomeTimestamp=f"2030-06-15T12:{one // 60:02}:{one % 60:02}Z") for one in range(number)]


def test_a_batch_is_written_in_slices_so_that_others_get_their_turn(knee: Knee, card: dict[str, Any]) -> None:
    assert knee.app.ledger
    slices: Any = Slices(knee.app.ledger)
    send(replace(knee.app, ledger=slices), *many(card["uuid"], 2 * feedback.SLICE + 1))
    assert slices.sizes == [feedback.SLICE, feedback.SLICE, 1]


def test_a_batch_that_was_written_in_part_may_come_again(knee: Knee, card: dict[str, Any]) -> None:
    assert knee.app.ledger
    broken: Any = Slices(knee.app.ledger, fails_after=1)
    items = many(card["uuid"], 2 * feedback.SLICE)
    with pytest.raises(LedgerUnavailable):
        send(replace(knee.app, ledger=broken), *items)
    assert len(kept(knee.app)) == feedback.SLICE
    statuses = [one["status"] for one in send(knee.app, *items)["items"]]
    assert statuses == ["repeated"] * feedback.SLICE + ["recorded"] * feedback.SLICE
    assert len(kept(knee.app)) == 2 * feedback.SLICE


def test_every_item_that_came_is_counted_before_any_is_kept(knee: Knee, card: dict[str, Any]) -> None:
    counted: list[int] = []
    with pytest.raises(WrongShape):
        take(knee.app, Meter(counted.append, int), overridden(card["uuid"]), overridden(UNKNOWN), 7)
    assert counted == [3]

    def refuse(_: int) -> None:
        raise LedgerUnavailable("Nobody can be counted.")

    with pytest.raises(LedgerUnavailable):
        take(knee.app, Meter(refuse, int), overridden(card["uuid"], outcomeTimestamp="2030-06-15T13:00:00Z"))
    assert len(kept(knee.app)) == 2


def test_of_unknown_cards_only_so_many_are_kept_and_the_answer_does_not_tell(knee: Knee, card: dict[str, Any]) -> None:
    asked: list[int] = []

    def room(number: int) -> int:
        asked.append(number)
        return 2

    items = [*many(UNKNOWN, 3), overridden(card["uuid"]), *many(UNKNOWN.replace("0", "1"), 2), overridden(card["uuid"])]
    told = take(knee.app, Meter(lambda _: None, room), *items)["items"]
    assert [one["status"] for one in told] == [*["card-unknown"] * 3, "recorded", *["card-unknown"] * 2, "repeated"]
    assert asked == [5]
    assert [found.card for found in kept(knee.app)] == [UNKNOWN, UNKNOWN, card["uuid"]]


def take(app: Application, meter: Meter, *items: Any) -> dict[str, Any]:
    """The answer to these items where they are counted."""
    return feedback.take(app, SERVICE, messages.body({"feedback": list(items)}), meter)


def test_an_empty_batch_is_accepted_and_leaves_no_trace(knee: Knee) -> None:
    assert send(knee.app) == {"received": 0}
    assert kept(knee.app) == []


def test_of_a_batch_with_bad_items_the_good_ones_are_kept_and_the_bad_ones_named(knee: Knee, card: dict[str, Any]) -> None:
    bad = overridden(CANARY, outcome="maybe"), overridden(CANARY, outcomeTimestamp=CANARY)
    with pytest.raises(WrongShape) as caught:
        send(knee.app, bad[0], overridden(card["uuid"]), bad[1], overridden(UNKNOWN))
    told = caught.value.diagnostics()
    assert [one.expression for one in told] == ["feedback[0].outcome", "feedback[2].outcomeTimestamp", "feedback"]
    assert "The other 2 were kept" in told[-1].text
    assert CANARY not in str(told)
    assert [found.card for found in kept(knee.app)] == [card["uuid"], UNKNOWN]


@pytest.mark.parametrize(("body", "kind"), [(b"{", NotJson), (b"{}", WrongShape), (b'{"feedback": 1}', WrongShape), (b"[]", WrongShape)])
def test_a_message_that_is_no_feedback_is_refused(knee: Knee, body: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        feedback.take(knee.app, SERVICE, body)


def test_a_message_over_the_limit_is_refused(knee: Knee) -> None:
    small = replace(knee.app, settings=knee.app.settings.model_copy(update={"body_limit": 100}))
    with pytest.raises(TooLarge):
        send(small, overridden(UNKNOWN), overridden(UNKNOWN))


def test_a_service_that_is_not_offered_takes_no_feedback(knee: Knee) -> None:
    with pytest.raises(NotFound):
        feedback.take(knee.app, "another-service", messages.body({"feedback": []}))


def test_feedback_that_cannot_be_kept_is_not_acknowledged(knee: Knee, card: dict[str, Any]) -> None:
    with pytest.raises(LedgerUnavailable):
        send(replace(knee.app, ledger=None), overridden(card["uuid"]))
    assert knee.app.ledger
    knee.app.ledger.close()
    with pytest.raises(LedgerUnavailable):
        send(knee.app, overridden(card["uuid"]))


def test_nothing_that_was_typed_is_kept_or_answered(knee: Knee, card: dict[str, Any]) -> None:
    items = [
        overridden(CANARY, extension={CANARY: CANARY}),
        overridden(card["uuid"], overrideReason={"reason": {"code": CANARY, "system": CANARY, "display": CANARY}, "userComment": CANARY}),
        accepted(card["uuid"], CANARY),
    ]
    told = send(knee.app, *items)
    path = Path(knee.app.settings.audit_url.removeprefix("sqlite:///"))
    written = b"".join(one.read_bytes() for one in path.parent.glob("audit.sqlite3*"))
    assert len(kept(knee.app)) == 3
    assert CANARY not in json.dumps(told)
    assert CANARY.encode() not in written


def test_a_damaged_decision_keeps_its_feedback_apart_and_breaks_no_call(knee: Knee, card: dict[str, Any]) -> None:
    assert knee.app.ledger
    path = Path(knee.app.settings.audit_url.removeprefix("sqlite:///"))
    damage(path)
    assert send(knee.app, overridden(card["uuid"]))["items"] == [{"index": 0, "status": "card-unknown"}]


def damage(path: Path) -> None:
    """Somebody with the file in hand changes every decision."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'urgent', 'routine') AS BLOB)")


OUTCOMES = st.builds(
    lambda name, second, comment: overridden(
        name, outcomeTimestamp=f"2030-06-15T12:00:{second:02}Z", **({"overrideReason": {"userComment": "x"}} if comment else {})
    ),
    st.sampled_from([UNKNOWN, UNKNOWN.replace("0", "1"), "typed"]),
    st.integers(0, 3),
    st.booleans(),
)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger for many runs."""
    settings = Settings(audit_url=f"sqlite:///{tmp_path_factory.mktemp('feedback') / 'audit.sqlite3'}")
    with ledgers.for_service(settings, application.now) as opened:
        yield opened


RUNS = itertools.count()


@given(batches=st.lists(st.lists(OUTCOMES, max_size=5), max_size=4))
def test_however_often_and_in_whatever_batches_it_comes_each_outcome_is_kept_once(
    knees_loaded: Application, apart: Ledger, batches: list[list[dict[str, Any]]]
) -> None:
    client = f"client-{next(RUNS)}"
    app = replace(knees_loaded, ledger=apart, caller=Caller(client))
    for batch in [*batches, *reversed(batches)]:
        send(app, *batch)
    different = {json.dumps(one) for batch in batches for one in batch}
    mine = [found for found in kept(app) if found.client == client]
    assert len(mine) == len(different)
    assert len({found.feedback_id for found in mine}) == len(mine)


def test_override_reasons_keep_their_codes_and_each_has_its_category() -> None:
    settings = Settings()
    for name in catalogue.names(settings.content):
        entries = catalogue.entries(settings.content, name)
        codes = [{one.code for one in catalogue.load(settings.content, entry).cards.override_reasons} for entry in entries]
        assert all(codes)
        assert all(earlier <= later for earlier, later in itertools.pairwise(codes))
        for entry in entries:
            text = (settings.content / name / entry.version / "cards.yaml").read_text(encoding="utf-8")
            reasons = yaml.parse(text, name="cards.yaml").value["override-reasons"]
            assert {one["category"] for one in reasons} <= CATEGORIES


def test_an_id_of_feedback_is_an_id_that_a_program_can_read(knee: Knee, card: dict[str, Any]) -> None:
    send(knee.app, overridden(card["uuid"]))
    (found,) = kept(knee.app)
    assert str(uuid.UUID(found.feedback_id)) == found.feedback_id
    with desk.at(knee.app.settings) as ours:
        assert ledger.show(ours, found.feedback_id)["card"] == card["uuid"]
        assert [one["kind"] for one in ledger.records(ours, Wanted())] == ["action", "feedback", "decision"]
