"""One decision made again: whatever was decided of whomever, the same facts and the same release give all of it again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.assessment import assessing
from cds.audit.entries import privates
from cds.facts import Facts, Shown
from cds.foundation.settings import Settings
from cds.hooks import contexts, discovery
from cds.hooks.cards import Outlet
from cds.releases import catalogue
from cds.service import outlets, profiles, rendering
from cds.service.replaying import again
from cds.service.replaying.again import Replayed
from cds.service.replaying.shelf import Shelf
from cds.values.assessment import Assessment
from cds.values.order import Drafts, Order
from cds.values.record import AuditRecord, Private
from cds.values.release import OrderedSet, Release
from tests.content import strategies
from tests.content.strategies import Story, Vocabulary

CONTENT = Settings().content
ENTRY = catalogue.entries(CONTENT, "low-back-pain")[-1]
SHELF = Shelf(CONTENT)
SHOWN = (Shown("disc", None, "", "Condition/1", "2021-03-10", old=True),)
ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@cache
def _vocabulary() -> Vocabulary:
    return strategies.vocabulary(catalogue.load(CONTENT, ENTRY), CONTENT / ENTRY.name / ENTRY.version)


@st.composite
def _orders(draw: st.DrawFn, release: Release) -> Drafts:
    """Up to two draft orders that a check of the release looks at, or none of its own."""
    sets: list[OrderedSet] = sorted({one for check in release.cards.orders for one in check.sets}, key=str)
    kinds = sorted({kind for check in release.cards.orders for kind in check.kinds})
    codes = [(release.cards.recommendation_system, code) for code in release.cards.recommendations]
    order = st.builds(
        Order,
        reference=st.just("ServiceRequest/1"),
        kind=st.sampled_from(kinds),
        codes=st.frozensets(st.sampled_from(codes), max_size=1),
        priority=st.sampled_from(["routine", "stat"]),
        sets=st.frozensets(st.sampled_from(sets), max_size=1),
        selected=st.booleans(),
        due=st.sampled_from([None, strategies.AT + timedelta(hours=1)]),
    )
    told = st.lists(st.just("ServiceRequest/2: not read"), max_size=1).map(tuple)
    return draw(st.builds(Drafts, st.lists(order, max_size=2).map(tuple), told, told))


@st.composite
def _records(draw: st.DrawFn) -> AuditRecord:
    """A decision as the service makes and records it: any patient, any way in, any packaged profile."""
    vocabulary = _vocabulary()
    release = vocabulary.release
    facts = replace(strategies.merged(release, draw(vocabulary.stories)), shown=draw(st.sampled_from([(), SHOWN])))
    outlet = Outlet("https://cds.example.org/back", draw(st.sampled_from(["", release.name])), profiles.load(draw(st.sampled_from(profiles.names()))))
    hook = draw(st.sampled_from(["", *discovery.services(release)]))
    drafts = draw(_orders(release)) if hook and discovery.services(release)[hook].hook in contexts.WITH_ORDERS else None
    how = draw(st.sampled_from([assessing.assess] * 8 + [assessing.offer, assessing.silence]))
    told = facts if how is assessing.assess else Facts({}, tuple(release.facts.facts), (), facts.not_checked, facts.problems)
    assessment = how(release, told, decision_id=ID, at=strategies.AT, engine="0.0.7")
    return _record(release, assessment, outlet, (hook, drafts), draw(st.sampled_from(["", "Patient/7", "system|value"])))


def _record(release: Release, made: Assessment, outlet: Outlet, call: tuple[str, Drafts | None], patient: str) -> AuditRecord:
    hook, drafts = call
    shown = rendering.reviewed(release, made, drafts, discovery.services(release)[hook]) if hook else made
    document = rendering.render(release, shown, outlet, subject=patient)
    orders = {} if drafts is None else outlets.plain_orders(drafts, release, shown)
    private = Private(patient, document, outlet=outlets.plain(outlet), orders=orders)
    record = AuditRecord.of(
        private,
        selected="in force",
        received_at=document["decidedAt"],
        channel=f"hook:{hook}" if hook else "evaluate",
        hook="",
        hook_instance="",
        request_digest="",
        outcome=rendering.outcome(shown, answered=bool(made.facts.known)),
    )
    return replace(record, private=privates.private(privates.loads(privates.content(record, bytes(32)).text)))


def _again(record: AuditRecord, version: str | None = None) -> Replayed:
    return again.judged(1, record, SHELF, version)


@given(st.data())
@settings(max_examples=60)
def test_what_was_decided_of_anybody_comes_again(data: st.DataObject) -> None:
    record = data.draw(_records())
    found = _again(record)
    assert (found.verdict, found.differences, found.reason, found.cards) == ("identical", (), "", True)


@pytest.fixture
def decided() -> AuditRecord:
    """One decision with rules, on the cards of which stands something."""
    release = _vocabulary().release
    facts = strategies.merged(release, Story(_vocabulary().bases["well"]))
    made = assessing.assess(release, facts, decision_id=ID, at=strategies.AT, engine="0.0.7")
    return _record(release, made, Outlet("https://cds.example.org", release.name), ("", None), "Patient/7")


def _changed(record: AuditRecord, *path: str | int, to: Any) -> AuditRecord:
    """The record with one member of its assessment exchanged."""
    return replace(record, private=replace(record.opened, assessment=_with(record.assessment, path, to)))


def _with(value: Any, path: tuple[str | int, ...], to: Any) -> Any:
    if not path:
        return to
    inside: Mapping[Any, Any] = value if isinstance(value, Mapping) else dict(enumerate(value))
    changed = {**inside, path[0]: _with(inside.get(path[0]), path[1:], to)}
    return changed if isinstance(value, Mapping) else list(changed.values())


def _paths(found: Replayed) -> set[str]:
    return {one.path for one in found.differences}


def test_a_fact_that_was_exchanged_changes_what_it_decides(decided: AuditRecord) -> None:
    found = _again(_changed(decided, "facts", "rf-saddle", "value", to="yes"))
    assert found.verdict == "changed"
    assert {"triage.urgency", "urgency"} <= _paths(found)
    urgency = next(one for one in found.differences if one.path == "triage.urgency")
    assert (urgency.old, urgency.new) == (decided.urgency, "emergency")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("triage", "urgency"), "routine"),
        (("cards", 0, "detail"), "Another text."),
        (("cards", 0, "uuid"), "0f0f4f3c-1111-4222-8333-444455556666"),
        (("note",), "Another note."),
        (("approved",), True),
        (("approved",), 0),
        (("unknown",), []),
        (("recommendations",), []),
        (("facts", "conflicts", "of"), "conflicts"),
        (("release", "language"), "en-GB"),
        (("release", "version"), "9.9.9"),
        (("more",), 1),
    ],
)
def test_an_output_that_was_exchanged_is_named_by_its_place(decided: AuditRecord, path: tuple[str | int, ...], to: Any) -> None:
    found = _again(_changed(decided, *path, to=to))
    assert found.verdict == "changed"
    assert any(one.path.startswith(str(path[0])) for one in found.differences)


@pytest.mark.parametrize(
    "said", [{"urgency": "emergency"}, {"rules": {}}, {"provenance": {}}, {"unknown": ()}, {"cards": ()}, {"outcome": "another"}]
)
def test_what_is_said_in_the_clear_must_follow_from_what_is_sealed(decided: AuditRecord, said: dict[str, Any]) -> None:
    found = _again(replace(decided, **said))
    assert found.verdict == "changed"
    assert {one.split(".")[0].split("[")[0] for one in _paths(found)} == set(said)


def test_the_version_of_the_software_may_be_another(decided: AuditRecord) -> None:
    newer = _changed(replace(decided, logic=replace(decided.logic, engine="9.0.0")), "engine", "version", to="9.0.0")
    assert _again(newer).verdict == "identical"


def test_an_erased_decision_is_not_made_again(decided: AuditRecord) -> None:
    assert _again(replace(decided, private=None)).verdict == "erased"


@pytest.mark.parametrize("lost", ["facts", "conflicts", "decidedAt", "engine", "stale"])
def test_a_record_that_is_not_whole_is_not_replayable(decided: AuditRecord, lost: str) -> None:
    left = {name: value for name, value in decided.assessment.items() if name != lost}
    found = _again(replace(decided, private=replace(decided.opened, assessment=left)))
    assert found.verdict == "not replayable"
    assert "not a whole assessment" in found.reason


@pytest.mark.parametrize(("fact", "value"), [("rf-saddle", "canary-7f3a"), ("rf-saddle", 1), ("duration-days", "canary-7f3a"), ("age", True)])
def test_a_value_that_the_release_does_not_know_is_not_replayable_and_not_repeated(decided: AuditRecord, fact: str, value: Any) -> None:
    found = _again(_changed(decided, "facts", fact, "value", to=value))
    assert found.verdict == "not replayable"
    assert "canary" not in found.reason


def test_cards_that_are_none_are_no_reason_to_stop(decided: AuditRecord) -> None:
    spoilt = _changed(decided, "cards", to=[1])
    former = replace(spoilt, private=replace(spoilt.opened, outlet={}))
    assert [_again(spoilt).verdict, _again(spoilt, "1.0.0").verdict, _again(former).verdict] == ["changed", "not replayable", "not replayable"]


def test_a_release_that_is_no_longer_held_says_so(decided: AuditRecord) -> None:
    gone = _again(replace(decided, logic=replace(decided.logic, digest="sha256:" + "0" * 64, version="0.9.0")))
    other = _again(replace(decided, logic=replace(decided.logic, digest="sha256:" + "0" * 64)))
    nothing = _again(replace(decided, logic=replace(decided.logic, name="sore-knees")))
    assert {one.verdict for one in (gone, other, nothing)} == {"not replayable"}
    assert "no longer held" in gone.reason
    assert "not the one that is held" in other.reason
    assert "no longer held" in nothing.reason


def test_without_the_profile_of_then_all_but_the_cards_is_compared(decided: AuditRecord) -> None:
    former = replace(decided, profile="our-own", private=replace(decided.opened, outlet={}))
    found = _again(_changed(former, "cards", 0, "summary", to="Another."))
    assert (found.verdict, found.cards) == ("identical", False)
    assert _again(_changed(former, "triage", "urgency", to="routine")).verdict == "changed"


@pytest.mark.parametrize("form", ["", "low-back-pain"])
def test_the_outlet_of_an_earlier_record_is_read_off_its_cards(form: str) -> None:
    release = _vocabulary().release
    nobody = Facts({}, tuple(release.facts.facts))
    made = assessing.offer(release, nobody, decision_id=ID, at=strategies.AT, engine="0.0.7")
    record = _record(release, made, Outlet("https://cds.example.org/knee/", form), ("low-back-pain", None), "Patient/7")
    found = _again(replace(record, private=replace(record.opened, outlet={})))
    assert (found.verdict, found.cards, found.differences) == ("identical", True, ())


def test_another_release_says_what_it_would_have_said(decided: AuditRecord) -> None:
    assert _again(decided, ENTRY.version).verdict == "identical"
    found = _again(decided, "1.0.0")
    assert found.verdict == "changed"
    assert not [path for path in _paths(found) if "digest" in path or "version" in path]
    assert _again(decided, "9.9.9").verdict == "not replayable"


def test_a_service_that_another_release_lacks_is_not_replayable(decided: AuditRecord) -> None:
    ordered = replace(decided, channel="hook:low-back-pain-order-sign")
    assert _again(ordered, "1.0.0").reason == "The release has no service of the id that was called."
