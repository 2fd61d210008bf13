"""A registered client's own FHIR server: what a call did not bring is fetched there with its token, and from nowhere else. Stubs on loopback only."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds.foundation.errors import DataMissing, Overloaded
from cds.foundation.outbound.budgets import Budget
from cds.foundation.outbound.calls import THREADS, Outbound
from cds.foundation.outbound.origins import OriginPolicy
from cds.service import application, clients, hook
from cds.service.application import Application
from tests.foundation.server import serving
from tests.service import messages, records
from tests.service.conftest import Knee
from tests.service.messages import patient
from tests.tokens import Issuer

GENERAL = Issuer("General Hospital")
TOKEN = "canary-7f3a"
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "cds"}


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    with closing(Outbound(OriginPolicy(loopback=True), Budget(connect=30, total=60))) as opened:
        yield opened


def bound(knee: Knee, outbound: Outbound, folder: Path, server: str, *, mode: str = "development") -> Application:
    """The service as it answers a client with this server."""
    (client,) = clients.load(GENERAL.write(folder, fhir_server=server), development=True).values()
    settings = knee.app.settings.model_copy(update={"mode": mode})
    return application.of_client(replace(knee.app, outbound=outbound, settings=settings), client)


def body(server: str) -> bytes:
    call: dict[str, Any] = messages.hook({}, fhirServer=server, fhirAuthorization=GRANT)
    return messages.body(call)


def test_what_a_call_did_not_bring_is_fetched_from_the_registered_server_with_the_token(knee: Knee, outbound: Outbound, tmp_path: Path) -> None:
    with serving(records.answering([patient(), knee.response()])) as server:
        hook.answer(bound(knee, outbound, tmp_path, server.url), "sore-knee", body(f"{server.url}/"))
    assert server.asked
    assert {one.headers["Authorization"] for one in server.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("below", ["/tenant", "x", "/../fhir"])
def test_another_base_of_the_same_server_is_not_asked(knee: Knee, outbound: Outbound, tmp_path: Path, below: str) -> None:
    with serving(records.answering([patient(), knee.response()])) as server, pytest.raises(DataMissing):
        hook.answer(bound(knee, outbound, tmp_path, server.url), "sore-knee", body(f"{server.url}{below}"))
    assert server.asked == []


def test_the_server_of_another_client_is_not_asked(knee: Knee, outbound: Outbound, tmp_path: Path) -> None:
    with serving(records.answering([patient()])) as own, serving(records.answering([patient()])) as other, pytest.raises(DataMissing):
        hook.answer(bound(knee, outbound, tmp_path, own.url), "sore-knee", body(other.url))
    assert own.asked == other.asked == []


def test_in_production_nothing_is_sent_to_this_machine_nor_by_http(knee: Knee, outbound: Outbound, tmp_path: Path) -> None:
    with serving(records.answering([patient(), knee.response()])) as server, pytest.raises(DataMissing):
        hook.answer(bound(knee, outbound, tmp_path, server.url, mode="production"), "sore-knee", body(server.url))
    assert server.asked == []


def test_where_the_threads_of_one_client_are_all_taken_it_is_told_so_and_another_is_answered(knee: Knee, outbound: Outbound, tmp_path: Path) -> None:
    over = threading.Event()
    with serving(records.answering([patient(), knee.response()])) as server:
        slow, quick = (bound(knee, outbound, tmp_path / name, server.url) for name in ("slow", "quick"))
        hasty = slow.outbound.apart(slow.outbound.policy, Budget(connect=0.1, total=0.1))
        for _ in range(THREADS):
            hasty.threads.submit(over.wait)
        try:
            with pytest.raises(Overloaded):
                hook.answer(replace(slow, outbound=hasty), "sore-knee", body(server.url))
            assert hook.answer(quick, "sore-knee", body(server.url))["cards"]
        finally:
            over.set()
