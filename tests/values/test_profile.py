"""Which resource and which codings a client gets."""

from cds.values.profile import ClientProfile, Translation
from cds.values.release import Coding

OURS = Coding("https://example.org/ours", "SEE_KNEE", "Knee service")
THEIRS = (Coding("urn:oid:1.2.3", "12", "Orthopaedics"), Coding("https://ehr.example.org/orders", "K1", ""))


def translating(*, instead: bool) -> ClientProfile:
    return ClientProfile(codings={(OURS.system, OURS.code): Translation(THEIRS, instead)})


def test_a_client_that_says_nothing_gets_service_requests_in_our_codings() -> None:
    assert (ClientProfile().kind_of(OURS), ClientProfile().codings_of(OURS)) == ("ServiceRequest", (OURS,))


def test_the_codings_of_a_client_stand_before_ours() -> None:
    assert translating(instead=False).codings_of(OURS) == (*THEIRS, OURS)


def test_the_codings_of_a_client_may_take_the_place_of_ours() -> None:
    assert translating(instead=True).codings_of(OURS) == THEIRS


def test_a_code_of_another_system_is_not_translated() -> None:
    other = Coding("https://example.org/other", OURS.code, "")
    assert translating(instead=True).codings_of(other) == (other,)


def test_a_code_may_become_another_resource() -> None:
    profile = ClientProfile(kinds={OURS.code: "Task"})
    assert (profile.kind_of(OURS), profile.kind_of(THEIRS[0])) == ("Task", "ServiceRequest")


def test_a_client_that_takes_no_proposals_gets_none() -> None:
    assert ClientProfile(kind="").kind_of(OURS) == ""
