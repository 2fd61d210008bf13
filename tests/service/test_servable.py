"""What a service is not started with."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from cds.audit.keys import keymaking
from cds.foundation.errors import CdsError
from cds.foundation.settings import BadSettings, Settings
from cds.service import application, checking, servable
from tests.audit import samples
from tests.tokens import Issuer

PRODUCTION = {"mode": "production", "public_url": "https://cds.example.org"}


def settings(folder: Path, **chosen: object) -> Settings:
    """Settings of production with a ledger and a file of clients in the folder, but for what is chosen."""
    keymaking.make(folder / "keys.toml")
    ledger = {"audit_url": f"sqlite:///{folder / 'audit.sqlite3'}", "audit_keys": folder / "keys.toml", "clients": Issuer("A hospital").write(folder)}
    return Settings(**(PRODUCTION | ledger | chosen))  # type: ignore[arg-type]


def test_production_starts_with_clients_an_https_address_and_a_durable_ledger(tmp_path: Path) -> None:
    app = application.start(settings(tmp_path, host="0.0.0.0"))
    assert [client.name for client in app.clients.values()] == ["A hospital"]
    application.stop(app)


def test_all_that_production_lacks_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        application.start(settings(tmp_path, clients=None, public_url=None, audit_keys=None, audit_url="sqlite:///:memory:"))
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_CLIENTS", "CDS_AUDIT_KEYS", "CDS_PUBLIC_URL", "CDS_AUDIT_URL"]


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite:///file:x?mode=memory", "mysql://canary@example.org/x", "var/audit.sqlite3"])
def test_production_without_a_ledger_that_lasts_does_not_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        servable.require(settings(tmp_path, audit_url=url), application.now)
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_AUDIT_URL"]
    assert "canary" not in str(caught.value.diagnostics())


def test_a_key_that_cannot_be_read_is_told_by_the_setting_that_names_the_keys(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    next(tmp_path.glob("seal-*.key")).unlink()
    with pytest.raises(BadSettings) as caught:
        servable.require(chosen, application.now)
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_AUDIT_KEYS"]


@pytest.mark.parametrize("mode", ["production", "development"])
def test_a_ledger_that_is_damaged_is_told_in_words(tmp_path: Path, mode: str) -> None:
    chosen = settings(tmp_path, mode=mode)
    application.stop(application.start(chosen))
    _named(tmp_path, "../elsewhere")
    with pytest.raises(CdsError, match="name of the ledger|does not start") as caught:
        application.start(chosen)
    (told,) = caught.value.diagnostics()
    assert "name of the ledger" in told.text
    assert told.expression == ("CDS_AUDIT_URL" if mode == "production" else "")
    found = {one.what: one for one in checking.check(chosen)}
    assert (found["ledger"].state, "name of the ledger" in found["ledger"].found) == ("failed", True)


def test_a_pseudonym_key_of_another_ledger_is_told_by_the_setting_that_names_the_keys(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    app = application.start(chosen)
    app.require_ledger().append(samples.record())
    application.stop(app)
    (pseudonym,) = tmp_path.glob("pseudonym-*.key")
    pseudonym.write_text("QUFB" * 10 + "QUE=\n")
    with pytest.raises(BadSettings) as caught:
        servable.require(chosen, application.now)
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_AUDIT_KEYS"]
    assert any(one.state == "failed" and "no pseudonym key of this file" in one.found for one in checking.check(chosen))


def test_a_service_whose_ledger_is_damaged_under_it_says_so_and_goes_on_answering_whether_it_is_ready(tmp_path: Path) -> None:
    app = application.start(settings(tmp_path))
    with contextlib.closing(sqlite3.connect(tmp_path / "audit.sqlite3", isolation_level=None)) as file:
        file.execute("DELETE FROM tree")
    told = application.readiness(app)
    application.stop(app)
    assert "how long the ledger is, is gone" in str(told["checks"]["audit"]["trouble"])


def _named(folder: Path, name: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "audit.sqlite3", isolation_level=None)) as file:
        file.execute("UPDATE tree SET log_id = ?", (name,))


def test_a_service_without_clients_that_others_could_reach_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        application.start(settings(tmp_path, mode="development", clients=None, host="0.0.0.0"))
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_HOST"]


def test_the_command_line_which_answers_no_caller_needs_none_of_it(tmp_path: Path) -> None:
    assert application.start(settings(tmp_path, public_url=None), audited=False).ledger is None
