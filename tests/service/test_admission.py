"""The door: who is let in, once a token; who is turned away, and what the ledger keeps of it; counts and browsers."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.audit import ledger
from cds.audit.ledger import Ledger
from cds.foundation.errors import LedgerUnavailable, TooManyRequests, Unauthorized
from cds.foundation.outbound import origins
from cds.foundation.outbound.calls import Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.foundation.settings import Settings
from cds.hooks import tokens
from cds.hooks.tokens import Cause
from cds.service import admission, application, clients, feedback, ledgers
from cds.service.admission import Door, Knock
from cds.service.application import Application
from cds.service.keys import BadKeys
from cds.service.refusals import REST, ROWS, SIGNATURES, Refusals
from cds.values.client import ANYBODY, Caller
from cds.values.record import RefusalRecord
from tests.audit import samples
from tests.foundation import server as servers
from tests.foundation.server import serving
from tests.hooks.hostile import HOSTILE
from tests.tokens import Issuer

NOW = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
SERVICE = "https://cds.example.org/cds-services/sore-knee"
FEEDBACK = f"{SERVICE}/feedback"
ROUTE = "/cds-services/<service>"
CANARY = "canary-7f3a"
GENERAL = Issuer("General Hospital")
PLAIN = Issuer("Plain Hospital", "RS384")


@dataclass
class Clock:
    """Turned by the test."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """A worker with its door, its ledger and its clock."""

    app: Application
    door: Door
    ledger: Ledger
    clock: Clock

    def bearer(self, audience: Any = SERVICE, issuer: Issuer = GENERAL, **changes: Any) -> str:
        return issuer.bearer(audience, now=self.clock().timestamp(), **changes)

    def admit(self, header: str | None, *, url: str = SERVICE, also: str = "") -> Caller:
        return self.door.admit(Knock(header, url, ROUTE, also))

    def refusals(self) -> list[tuple[str, str, int]]:
        """The cause, the client and the count of each record, oldest first."""
        found = [stored.entry for stored in self.ledger.records()]
        return [(one.cause, one.client, one.count) for one in found if isinstance(one, RefusalRecord)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two clients, one of them with tenants."""
    return GENERAL.write(tmp_path / "clients", PLAIN, tenants=["main"], origins=["https://ehr.example.org"])


def settings(folder: Path, file: Path, content: Path) -> Settings:
    return Settings(content=content, clients=file, audit_url=samples.url(folder / "audit.sqlite3"))


@pytest.fixture
def house(tmp_path: Path, file: Path, knees_loaded: Application) -> Iterator[House]:
    with ExitStack() as stack:
        yield opened(stack, tmp_path, file, knees_loaded)


def opened(stack: ExitStack, folder: Path, file: Path, loaded: Application) -> House:
    """A worker, of several that may share the folder."""
    chosen, clock = settings(folder, file, loaded.settings.content), Clock()
    kept = stack.enter_context(ledgers.for_service(chosen, clock))
    registered = clients.load(file, development=True)
    app = replace(loaded, settings=chosen, ledger=kept, clock=clock, clients=registered)
    door = admission.open_door(app)
    stack.callback(door.close)
    return House(app, door, kept, clock)


def test_a_good_token_says_who_calls_and_for_which_tenant(house: House) -> None:
    assert house.door.closed
    assert house.admit(house.bearer(tenant="main")) == Caller("General Hospital", "main")
    assert house.admit(house.bearer(issuer=PLAIN, tenant="ignored")) == Caller("Plain Hospital", "")
    assert house.refusals() == []


def test_every_refusal_is_the_same_and_its_cause_is_in_the_ledger_alone(house: House) -> None:
    for make, _ in HOSTILE.values():
        with pytest.raises(Unauthorized) as caught:
            house.admit(make())
        assert type(caught.value) is Unauthorized
        assert caught.value.__cause__ is None
        assert [(one.text, one.code, one.expression) for one in caught.value.diagnostics()] == [(tokens.BARE, "login", "")]
    house.door.close()
    assert sum(count for _, _, count in house.refusals()) == len(HOSTILE)


def test_a_token_counts_once_for_all_workers_and_after_a_restart(tmp_path: Path, file: Path, knees_loaded: Application) -> None:
    with ExitStack() as stack:
        one, two = (opened(stack, tmp_path, file, knees_loaded) for _ in range(2))
        header = one.bearer(tenant="main")
        one.admit(header)
        for house in (one, two):
            with pytest.raises(Unauthorized):
                house.admit(header)
    with ExitStack() as stack:
        again = opened(stack, tmp_path, file, knees_loaded)
        with pytest.raises(Unauthorized):
            again.admit(header)
        assert ("jti was seen before", "General Hospital", 1) in again.refusals()


def test_a_token_that_was_refused_does_not_use_up_its_id(house: House) -> None:
    forged = replace(GENERAL).bearer(SERVICE, now=NOW.timestamp(), tenant="main", jti="one")
    with pytest.raises(Unauthorized):
        house.admit(forged)
    with pytest.raises(Unauthorized):
        house.admit(house.bearer(tenant="north", jti="one"))
    assert house.admit(house.bearer(tenant="main", jti="one")) == Caller("General Hospital", "main")


def test_two_clients_may_use_the_same_id(house: House) -> None:
    house.admit(house.bearer(tenant="main", jti="one"))
    house.admit(house.bearer(issuer=PLAIN, jti="one"))


@pytest.mark.parametrize("lenient", [True, False])
def test_feedback_for_the_url_of_the_service_is_taken_only_of_a_client_that_is_registered_so(
    tmp_path: Path, knees_loaded: Application, lenient: bool
) -> None:
    file = GENERAL.write(tmp_path / "clients", lenient_feedback=lenient)
    with ExitStack() as stack:
        house = opened(stack, tmp_path, file, knees_loaded)
        assert house.admit(house.bearer(FEEDBACK), url=FEEDBACK, also=SERVICE) == Caller("General Hospital")
        if lenient:
            assert house.admit(house.bearer(SERVICE), url=FEEDBACK, also=SERVICE) == Caller("General Hospital")
        else:
            with pytest.raises(Unauthorized):
                house.admit(house.bearer(SERVICE), url=FEEDBACK, also=SERVICE)
        with pytest.raises(Unauthorized):
            house.admit(house.bearer(FEEDBACK), url=SERVICE)
        with pytest.raises(Unauthorized):
            house.admit(house.bearer(""), url=SERVICE)


def test_a_flood_of_refusals_is_one_record_a_minute_with_their_number(house: House) -> None:
    for _ in range(100):
        with pytest.raises(Unauthorized):
            house.admit(None)
    assert house.refusals() == [("no token", "", 1)]
    house.clock.now += timedelta(minutes=1)
    with pytest.raises(Unauthorized):
        house.admit(None)
    assert house.refusals() == [("no token", "", 1), ("no token", "", 100)]


def test_a_flood_that_ended_is_told_with_whatever_is_noted_next(house: House) -> None:
    for _ in range(5):
        with pytest.raises(Unauthorized):
            house.admit(None)
    house.clock.now += timedelta(minutes=1)
    with pytest.raises(Unauthorized):
        house.admit("Basic x")
    assert house.refusals() == [("no token", "", 1), ("no token", "", 4), ("not a Bearer token", "", 1)]


def test_a_refusal_that_could_not_be_written_is_told_so_and_is_written_later(house: House, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("no folder")
    place = replace(ledgers.place(house.app.settings), spool=tmp_path / "blocked" / "spool")
    with (
        ledger.open_ledger(place, house.clock, busy_seconds=0.5) as hasty,
        closing(sqlite3.connect(tmp_path / "audit.sqlite3", isolation_level=None)) as other,
    ):
        refusals = Refusals(hasty, house.clock, house.app.new_id)
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(LedgerUnavailable):
                refusals.note("no token", "", ROUTE)
        other.execute("ROLLBACK")
        refusals.flush()
        refusals.flush()
    assert house.refusals() == [("no token", "", 3)]


def test_what_was_counted_and_not_written_is_written_at_the_end(house: House) -> None:
    for _ in range(3):
        with pytest.raises(Unauthorized):
            house.admit(None)
    house.door.close()
    assert house.refusals() == [("no token", "", 1), ("no token", "", 2)]


def test_causes_clients_and_routes_are_counted_apart(house: House) -> None:
    for header in (None, "Basic x", house.bearer(tenant="north"), house.bearer("https://cds.example.org/", tenant="main")):
        with pytest.raises(Unauthorized):
            house.admit(header)
    with pytest.raises(Unauthorized):
        house.door.admit(Knock(None, SERVICE, "/another"))
    assert [cause for cause, _, _ in house.refusals()] == [
        "no token",
        "not a Bearer token",
        "tenant is not registered",
        "aud is not the URL called",
        "no token",
    ]
    assert [client for _, client, _ in house.refusals()] == ["", "", "General Hospital", "General Hospital", ""]


CROWD = "address:203.0.113.9"


def size(folder: Path) -> int:
    """Bytes of all that was written."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def test_an_address_over_its_limit_costs_no_row_and_no_write_and_is_counted_all_the_same(house: House, tmp_path: Path) -> None:
    causes = list(Cause)
    strangers = [make for make, cause in HOSTILE.values() if causes.index(cause) <= causes.index(Cause.SIGNATURE)]
    before = size(tmp_path)
    for make in strangers:
        for route in range(9):
            with pytest.raises(Unauthorized):
                house.door.admit(Knock(make(), SERVICE, f"/route-{route}", crowd=CROWD))
    assert (size(tmp_path), house.refusals()) == (before, [])
    house.door.close()
    assert house.refusals() == [(REST[0], "", 9 * len(strangers))]


def test_what_a_client_did_wrong_is_noted_from_a_crowded_address_too(house: House) -> None:
    with pytest.raises(Unauthorized):
        house.door.admit(Knock(house.bearer(tenant="north"), SERVICE, ROUTE, crowd=CROWD))
    assert house.refusals() == [("tenant is not registered", "General Hospital", 1)]


def test_a_flood_under_the_limit_has_so_many_rows_and_no_more(house: House) -> None:
    for make, _ in HOSTILE.values():
        for route in range(9):
            with pytest.raises(Unauthorized):
                house.door.admit(Knock(make(), SERVICE, f"/route-{route}"))
    assert len(house.refusals()) <= 2 * ROWS + 1


def test_a_good_token_is_taken_from_an_address_over_its_limit_while_signatures_are_still_checked(house: House) -> None:
    forged = replace(GENERAL).bearer(SERVICE, now=NOW.timestamp(), tenant="main")

    def knock(header: str) -> Caller:
        return house.door.admit(Knock(header, SERVICE, ROUTE, crowd=CROWD))

    for _ in range(SIGNATURES - 1):
        with pytest.raises(Unauthorized):
            knock(forged)
    for _ in range(2):
        assert knock(house.bearer(tenant="main")) == Caller("General Hospital", "main")
    with pytest.raises(Unauthorized):
        knock(forged)
    with pytest.raises(Unauthorized):
        knock(house.bearer(tenant="main"))
    assert house.admit(house.bearer(tenant="main")) == Caller("General Hospital", "main")
    assert house.refusals() == []


def test_once_there_were_too_many_calls_nothing_is_written_for_more(house: House, tmp_path: Path) -> None:
    for _ in range(2):
        house.door.count("a", 2)
    before = size(tmp_path)
    for _ in range(20):
        with pytest.raises(TooManyRequests):
            house.door.count("a", 2)
        with pytest.raises(TooManyRequests):
            house.door.look("a", 2)
    assert size(tmp_path) == before
    house.door.look("b", 1)
    house.door.count("b", 1)


def test_nothing_of_a_token_is_kept(house: House, tmp_path: Path) -> None:
    house.admit(house.bearer(tenant="main", jti=CANARY, sub=CANARY))
    for changes in ({"jti": CANARY}, {"iss": CANARY}, {"tenant": CANARY}, {"header": {"kid": CANARY}}):
        with pytest.raises(Unauthorized):
            house.admit(house.bearer(**({"tenant": "main"} | changes)))
    house.door.close()
    assert not any(CANARY.encode() in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_nobody_is_let_in_whose_token_cannot_be_noted(house: House, tmp_path: Path) -> None:
    (tmp_path / "audit.sqlite3-calls").unlink()
    with pytest.raises(LedgerUnavailable):
        house.admit(house.bearer(tenant="main"))
    with pytest.raises(LedgerUnavailable):
        house.door.count("a", 10)


def test_a_caller_is_counted_by_the_minute(house: House) -> None:
    for _ in range(2):
        house.door.count("client General Hospital", 2)
    house.door.count("client Plain Hospital", 2)
    with pytest.raises(TooManyRequests) as caught:
        house.door.count("client General Hospital", 2)
    assert caught.value.retry_after == 30
    house.clock.now += timedelta(seconds=30)
    house.door.count("client General Hospital", 2)


def test_a_browser_may_call_from_the_registered_origins_and_no_other(house: House) -> None:
    assert house.door.allows("https://ehr.example.org")
    others = ["https://EHR.example.org", "https://ehr.example.org/", "http://ehr.example.org", "https://ehr.example.org:443", "null", ""]
    others += ["https://ehr.example.org.evil.example", "https://xehr.example.org", "http://localhost", "http://127.0.0.1:8080"]
    assert not any(map(house.door.allows, others))


def test_items_beyond_the_first_count_and_the_next_call_pays_for_them(house: House) -> None:
    house.door.count("client:a", 10)
    house.door.charge("client:a", 99)
    house.door.count("client:b", 10)
    with pytest.raises(TooManyRequests):
        house.door.count("client:a", 10)
    house.clock.now += timedelta(minutes=1)
    house.door.count("client:a", 10)


def test_feedback_on_unknown_cards_has_so_much_room_a_minute_and_what_is_left_out_is_one_row(house: House) -> None:
    most = admission.MOST_APART
    assert house.door.apart("a", most - 1) == most - 1
    assert [house.door.apart("a", number) for number in (3, 2, 5)] == [1, 0, 0]
    assert house.door.apart("b", 1) == 1
    assert house.refusals() == [(feedback.NOT_KEPT, "a", 2)]
    house.clock.now += timedelta(minutes=1)
    assert house.door.apart("a", 2 * most) == most
    assert house.refusals() == [(feedback.NOT_KEPT, "a", 2), (feedback.NOT_KEPT, "a", 7 + most)]


def test_without_registered_clients_everybody_of_this_machine_is_let_in(knees_loaded: Application) -> None:
    with closing(admission.open_door(knees_loaded)) as door:
        assert not door.closed
        assert door.admit(Knock(None, SERVICE, ROUTE)) == ANYBODY
        for _ in range(10):
            door.count("a", 1)
            door.charge("a", 1_000)
            assert door.apart("", 1_000) == 1_000
        assert all(map(door.allows, ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"]))
        assert not any(map(door.allows, ["https://ehr.example.org", "http://localhost:3000/", "http://LOCALHOST", "null", "", "http://10.0.0.1"]))


def test_a_client_whose_file_of_keys_is_no_use_keeps_the_door_from_opening(house: House, file: Path) -> None:
    (file.parent / "General Hospital.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadKeys):
        admission.open_door(house.app)


def test_keys_are_fetched_from_the_registered_url_and_for_nobody_else(tmp_path: Path, knees_loaded: Application) -> None:
    published = {"keys": GENERAL.jwks["keys"]}
    with ExitStack() as stack:
        server = stack.enter_context(serving(lambda handler, _: servers.send(handler, json.dumps(published).encode(), media="application/json")))
        file = GENERAL.write(tmp_path / "clients", jwks_url=f"http://127.0.0.1:{server.port}/jwks.json")
        outbound = stack.enter_context(closing(Outbound(OriginPolicy(loopback=False))))
        house = opened(stack, tmp_path, file, replace(knees_loaded, outbound=outbound))
        assert house.admit(house.bearer()) == Caller("General Hospital")
        for header in (None, Issuer("Stranger").bearer(SERVICE, now=NOW.timestamp()), house.bearer(header={"jku": f"{server.url}/evil"})):
            with pytest.raises(Unauthorized):
                house.admit(header)
        assert len(server.asked) <= 2
        assert set(server.targets) == {"/jwks.json"}


def test_a_client_is_answered_with_its_own_server_alone(house: House, tmp_path: Path) -> None:
    registered = clients.load(GENERAL.write(tmp_path / "own", fhir_server="https://ehr.example.org/fhir"))[GENERAL.iss]
    bound = application.of_client(house.app, registered)
    assert bound.caller == Caller("General Hospital")
    trusted = {url: trusts(bound, url) for url in ("https://ehr.example.org/fhir", "https://ehr.example.org/other", "http://127.0.0.1/fhir")}
    assert list(trusted.values()) == [True, False, False]
    without = application.of_client(house.app, house.app.clients[PLAIN.iss])
    assert not trusts(without, "http://127.0.0.1/fhir")


def test_no_client_has_the_threads_of_another_and_all_of_them_end_with_the_service(house: House) -> None:
    app = replace(house.app, outbound=Outbound(OriginPolicy(loopback=True)))
    registered = house.app.clients.values()
    ways = [app.outbound, *(application.of_client(app, one).outbound for one in registered), *(admission.to_keys(app, one) for one in registered)]
    for part in ("threads", "lookups", "room"):
        assert len({id(getattr(way, part)) for way in ways}) == 2 * len(registered) + 1
    application.stop(replace(app, ledger=None))
    for way in ways:
        for pool in (way.threads, way.lookups):
            with pytest.raises(RuntimeError):
                pool.submit(int)


def trusts(app: Application, url: str) -> bool:
    found = origins.parse(url)
    assert found is not None
    return app.outbound.policy.trusts(found)
