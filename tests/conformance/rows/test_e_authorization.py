"""Rows E: the client's FHIR server and the token for it."""

from tests.conformance.rows import scenes
from tests.conformance.rows.served import Served
from tests.conformance.rows.target import TOKEN, Answer, Target, grant, said

SCOPES = ("patient/*.rs", "patient/*.read", "user/*.read launch", "patient/Patient.rs patient/QuestionnaireResponse.rs?status=completed")


def test_e1_every_query_carries_the_token_and_asks_for_fhir(target: Target) -> None:
    with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
        assert target.call(target.handed(scenes.scene(scenes.EMERGENCY))).cards
        assert target.stub.asked
        for one in target.stub.asked:
            assert one.headers["Authorization"] == f"Bearer {TOKEN}"
            assert "application/fhir+json" in one.headers["Accept"]


def test_e2_an_authorization_that_is_not_whole_is_never_used(target: Target) -> None:
    for wrong in ("access_token", "token_type", "expires_in", "scope", "subject"):
        with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
            answer = target.call(target.handed(scenes.scene(scenes.EMERGENCY), fhirAuthorization=grant(**{wrong: None})))
            assert answer.status in (400, 412), wrong
            assert target.stub.asked == []


def test_e2_a_token_of_another_type_is_never_used(target: Target) -> None:
    for kind in ("mac", "DPoP", "Basic", ""):
        with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
            answer = target.call(target.handed(scenes.scene(scenes.EMERGENCY), fhirAuthorization=grant(token_type=kind)))
            assert answer.status in (400, 412), kind
            assert target.stub.asked == []


def test_e3_the_token_of_a_call_is_kept_nowhere(served: Served) -> None:
    answers = fetched_and_failed(served.target)
    assert {one.status for one in answers} == {200, 412}
    for place in (served.kept(), served.log.getvalue().encode(), *(one.body for one in answers), *(str(one.headers).encode() for one in answers)):
        assert TOKEN.encode() not in place
    assert served.log.getvalue()


def fetched_and_failed(target: Target) -> list[Answer]:
    """The answers to a call whose token was good and to one whose token was refused."""
    scene = scenes.scene(scenes.EMERGENCY)
    answers = []
    for status in (None, 401):
        with target.stub.holding(scene.resources, lambda _, status=status: status):  # type: ignore[misc]
            answers.append(target.call(target.handed(scene)))
            assert target.stub.asked
    return answers


def test_e4_scopes_of_both_versions_of_smart_are_taken(target: Target) -> None:
    for scope in SCOPES:
        with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
            fetched = target.call(target.handed(scenes.scene(scenes.EMERGENCY), fhirAuthorization=grant(scope=scope)))
        assert said(fetched) == said(target.told(scenes.EMERGENCY)), scope


def test_e4_nothing_is_fetched_but_what_discovery_asks_for(target: Target) -> None:
    kinds = {template.partition("?")[0].partition("/")[0] for template in target.entry()["prefetch"].values()}
    with target.stub.holding(scenes.scene(scenes.EMERGENCY).resources):
        target.call(target.handed(scenes.scene(scenes.EMERGENCY)))
        assert {one.partition("?")[0].partition("/")[0] for one in target.stub.queries} <= kinds
        assert all(scenes.scene(scenes.EMERGENCY).patient in one for one in target.stub.queries)


def test_e5_the_token_of_the_caller_is_kept_nowhere(served: Served) -> None:
    path = "/cds-services/low-back-pain"
    header = served.target.signed(path)
    request = served.target.request(scenes.scene(scenes.EMERGENCY))
    answers = [served.target.post(path, request, headers=header) for _ in range(2)]
    raw = header["Authorization"].removeprefix("Bearer ").encode()
    assert [one.status for one in answers] == [200, 401]
    for secret in (raw, raw.rpartition(b".")[2]):
        assert secret not in served.kept()
        assert secret.decode() not in served.log.getvalue()
        assert all(secret not in one.body for one in answers)
