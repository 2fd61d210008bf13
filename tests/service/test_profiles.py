"""Client profiles: what is packaged, what a file may say, which of its faults are told where, and that none of them changes a decision."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds.foundation import schemas
from cds.foundation.settings import Settings
from cds.service import application, deciding, evaluate, explain, hook, profiles
from cds.service.profiles import BadProfile
from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding, Release
from tests.service import messages
from tests.service.conftest import Knee
from tests.service.messages import CANARY

ALLOWED = '[proposals]\nallowed = ["ServiceRequest", "Task"]\nkind = "ServiceRequest"\n'
ENTRY = '[[codings]]\nsystem = "{system}"\ncode = "{code}"\ntheirs = [{{system = "urn:oid:1.2.3", code = "{theirs}", display = "Theirs"}}]\n'


def written(folder: Path, text: str) -> str:
    """A profile file with that text."""
    file = folder / "hospital.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def refused(folder: Path, text: str, *releases: Release) -> list[str]:
    """The place of each fault that is told of the file."""
    with pytest.raises(BadProfile) as caught:
        profiles.load(written(folder, text), releases)
    assert all(CANARY not in one.text for one in caught.value.diagnostics())
    return [one.expression for one in caught.value.diagnostics()]


def first(release: Release) -> str:
    """A code that the release may propose."""
    return next(code for code, one in release.cards.recommendations.items() if one.proposed)


def entry(release: Release, code: str, theirs: str = "1") -> str:
    """A translation of a code of the release."""
    return ENTRY.format(system=release.cards.recommendation_system, code=code, theirs=theirs)


@pytest.mark.parametrize("name", ["spec", "epic", "cerner"])
def test_a_packaged_profile_proposes_service_requests_in_our_codings(name: str) -> None:
    assert name in profiles.names()
    assert profiles.load(name) == ClientProfile()


def test_a_file_says_resources_and_codings(tmp_path: Path) -> None:
    text = ALLOWED + '[proposals.kinds]\nSEE = "Task"\n' + ENTRY.format(system="https://example.org/ours", code="SEE", theirs="12 b")
    translated = Translation((Coding("urn:oid:1.2.3", "12 b", "Theirs"),), instead=False)
    expected = ClientProfile("ServiceRequest", {"SEE": "Task"}, {("https://example.org/ours", "SEE"): translated})
    assert profiles.load(written(tmp_path, text)) == expected


def test_a_client_may_take_no_proposals_at_all(tmp_path: Path) -> None:
    assert profiles.load(written(tmp_path, "[proposals]\nallowed = []\n")) == ClientProfile(kind="")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", ["hospital.toml: (top)"]),
        ("[proposals]\n", ["hospital.toml: proposals"]),
        (f"[proposals]\nallowed = ['{CANARY}']\n", ["hospital.toml: proposals.allowed.0"]),
        ("[proposals]\nallowed = ['MedicationRequest']\nkind = 'ServiceRequest'\n", ["hospital.toml: proposals.allowed.0"]),
        ("[proposals]\nallowed = ['Task']\n", ["hospital.toml: proposals.kind"]),
        ("[proposals]\nallowed = ['Task']\nkind = 'ServiceRequest'\n", ["hospital.toml: proposals.kind"]),
        (ALLOWED + "[proposals.kinds]\nSEE = 'CommunicationRequest'\n", ["hospital.toml: proposals.kinds.SEE"]),
        ("[proposals]\nallowed = []\n[proposals.kinds]\nSEE = 'Task'\n", ["hospital.toml: proposals.kinds.SEE"]),
        (ALLOWED + 2 * ENTRY.format(system="https://example.org/ours", code="SEE", theirs="1"), ["hospital.toml: codings.1"]),
        (f"{CANARY} =", ["hospital.toml"]),
    ],
)
def test_a_fault_is_told_with_file_and_key(tmp_path: Path, text: str, places: list[str]) -> None:
    assert refused(tmp_path, text) == places


def test_a_file_that_is_not_there_is_told_with_the_names_of_those_that_are() -> None:
    with pytest.raises(BadProfile, match="cerner, epic, spec") as caught:
        profiles.load(f"{CANARY}.toml")
    assert (caught.value.expression, CANARY in caught.value.text) == ("CDS_PROFILE", False)


def test_a_code_that_no_served_release_proposes_is_refused(tmp_path: Path, knee: Knee) -> None:
    (release,) = knee.app.releases.values()
    misspelt = ALLOWED + '[proposals.kinds]\nSEE_KNE = "Task"\n' + entry(release, "SEE_KNE")
    assert refused(tmp_path, misspelt, release) == ["hospital.toml: proposals.kinds.SEE_KNE", "hospital.toml: codings.0"]
    right = ALLOWED + f'[proposals.kinds]\n{first(release)} = "Task"\n' + entry(release, first(release))
    assert profiles.load(written(tmp_path, right), [release]).kinds == {first(release): "Task"}


def test_the_service_does_not_start_with_a_profile_that_is_wrong(tmp_path: Path, knee_content: Path) -> None:
    with pytest.raises(BadProfile):
        application.start(Settings(content=knee_content, profile=written(tmp_path, "[proposals]\n")), audited=False, clock=lambda: messages.AT)


def test_the_service_starts_with_the_profile_of_its_setting(tmp_path: Path, knee_content: Path) -> None:
    chosen = written(tmp_path, "[proposals]\nallowed = ['Task']\nkind = 'Task'\n")
    app = application.start(Settings(content=knee_content, profile=chosen), audited=False, clock=lambda: messages.AT)
    assert app.profile == ClientProfile("Task")


PROFILES: list[Any] = [
    ClientProfile(kind=""),
    ClientProfile(kind="Task"),
    ClientProfile(kind="CommunicationRequest"),
    ClientProfile(kinds={"SEE_KNEE": "Task"}),
    ClientProfile(selection="at-most-one"),
]
SHORTENED = [ClientProfile(limit=1), ClientProfile(links=frozenset()), ClientProfile(plain=True), ClientProfile(silent=True)]


def asked_and_recorded(knee: Knee, profile: ClientProfile) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The decision on a patient with a locked knee, as it was recorded, and the cards apart from it; the id of the decision is always the same."""
    app = replace(knee.app, profile=profile, ledger=None, new_id=lambda: "11111111-1111-4111-8111-111111111111")
    document = evaluate.assess_file(app, messages.body(knee.response({"locked": "yes"})))
    return {name: value for name, value in document.items() if name != "cards"}, document["cards"]


def words(card: dict[str, Any]) -> dict[str, Any]:
    """A card without what it offers to create."""
    return {name: value for name, value in card.items() if name not in ("suggestions", "selectionBehavior")}


@pytest.mark.parametrize("profile", [*PROFILES, *SHORTENED])
def test_the_answer_keeps_to_its_schema_for_every_profile(knee: Knee, profile: ClientProfile) -> None:
    _, cards = asked_and_recorded(knee, profile)
    assert schemas.problems("cards-sent", {"cards": cards}) == []


@pytest.mark.parametrize(
    "wrong", [{"resourceType": "MedicationRequest"}, {"intent": "order"}, {"status": "active"}, {"resourceType": "CommunicationRequest"}]
)
def test_an_answer_that_orders_anything_else_breaks_its_schema(knee: Knee, wrong: dict[str, str]) -> None:
    _, cards = asked_and_recorded(knee, ClientProfile())
    action = next(one["actions"][0] for card in cards for one in card.get("suggestions", ()))
    action["resource"] |= wrong
    assert schemas.problems("cards-sent", {"cards": cards}) != []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_changes_neither_the_decision_nor_a_word_of_its_cards(knee: Knee, profile: ClientProfile) -> None:
    decision, cards = asked_and_recorded(knee, ClientProfile())
    adapted, others = asked_and_recorded(knee, profile)
    assert adapted == decision
    assert [words(card) for card in others] == [words(card) for card in cards]


@pytest.mark.parametrize("profile", SHORTENED)
def test_what_a_profile_leaves_out_of_the_cards_is_still_decided(knee: Knee, profile: ClientProfile) -> None:
    decision, cards = asked_and_recorded(knee, ClientProfile())
    adapted, others = asked_and_recorded(knee, profile)
    assert adapted == decision
    assert [card["summary"] for card in others] == [card["summary"] for card in cards][: len(others)]


def test_a_silent_client_gets_no_card_of_a_hook_and_the_ledger_has_them(knee: Knee) -> None:
    app = replace(knee.app, profile=ClientProfile(silent=True))
    prefetch = {"patient": messages.patient(), "response": knee.response({"locked": "yes"})}
    assert hook.answer(app, "sore-knee", messages.body(messages.hook(prefetch))) == {"cards": []}
    assert app.ledger
    *_, last = app.ledger.records()
    assert (last.record.outcome, bool(last.record.assessment["cards"])) == (deciding.SILENT, True)


def test_a_silent_client_that_submits_a_response_gets_its_cards(knee: Knee) -> None:
    assert evaluate.submit(replace(knee.app, profile=ClientProfile(silent=True)), messages.body(knee.response({"locked": "yes"})))["cards"]


def test_a_file_says_what_is_sent_of_the_cards(tmp_path: Path) -> None:
    more = 'silent = true\n[cards]\nlimit = 2\nselection = "at-most-one"\nlinks = ["form"]\ntext = "plain"\n'
    found = profiles.load(written(tmp_path, more.split("\n", 1)[0] + "\n" + ALLOWED + more.split("\n", 1)[1]))
    assert found == ClientProfile(limit=2, selection="at-most-one", links=frozenset({"form"}), plain=True, silent=True)
    assert found.name == "hospital"


def test_no_card_leads_to_a_form_that_is_closed(knee_content: Path) -> None:
    closed = application.start(Settings(content=knee_content, form_open=False), audited=False, clock=lambda: messages.AT)
    assert closed.profile.links == {"explanation"}


def test_what_is_created_is_what_the_profile_asks_for(knee: Knee) -> None:
    def kinds(profile: ClientProfile) -> list[str]:
        _, cards = asked_and_recorded(knee, profile)
        return [one["actions"][0]["resource"]["resourceType"] for card in cards for one in card.get("suggestions", ())]

    assert kinds(ClientProfile())
    assert set(kinds(ClientProfile())) == {"ServiceRequest"}
    assert set(kinds(ClientProfile(kind="Task"))) == {"Task"}
    assert kinds(ClientProfile(kind="")) == []


def test_the_reasoning_is_the_same_for_every_profile(knee: Knee) -> None:
    body = messages.body(knee.response({"locked": "yes"}))
    given = []
    for profile in (ClientProfile(), *PROFILES):
        app = replace(knee.app, profile=profile)
        evaluate.submit(app, body)
        assert app.ledger
        *_, last = app.ledger.records()
        told = explain.explain(app, last.record.decision_id)
        given.append({name: value for name, value in told.items() if name not in ("cards", "decisionId")})
    assert given == [given[0]] * len(given)
