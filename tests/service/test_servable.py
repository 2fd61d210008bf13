"""What a service is not started with."""

from pathlib import Path

import pytest

from cds.foundation.settings import BadSettings, Settings
from cds.service import application, servable
from tests.tokens import Issuer

PRODUCTION = {"mode": "production", "public_url": "https://cds.example.org"}


def settings(folder: Path, **chosen: object) -> Settings:
    """Settings of production with a ledger and a file of clients in the folder, but for what is chosen."""
    ledger = {"audit_url": f"sqlite:///{folder / 'audit.sqlite3'}", "clients": Issuer("A hospital").write(folder)}
    return Settings(**(PRODUCTION | ledger | chosen))  # type: ignore[arg-type]


def test_production_starts_with_clients_an_https_address_and_a_durable_ledger(tmp_path: Path) -> None:
    app = application.start(settings(tmp_path, host="0.0.0.0"))
    assert [client.name for client in app.clients.values()] == ["A hospital"]
    application.stop(app)


def test_all_that_production_lacks_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        application.start(settings(tmp_path, clients=None, public_url=None, audit_url="sqlite:///:memory:"))
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_CLIENTS", "CDS_PUBLIC_URL", "CDS_AUDIT_URL"]


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite:///file:x?mode=memory", "mysql://canary@example.org/x", "var/audit.sqlite3"])
def test_production_without_a_ledger_that_lasts_does_not_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        servable.require(settings(tmp_path, audit_url=url))
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_AUDIT_URL"]
    assert "canary" not in str(caught.value.diagnostics())


def test_a_service_without_clients_that_others_could_reach_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        application.start(settings(tmp_path, mode="development", clients=None, host="0.0.0.0"))
    assert [one.expression for one in caught.value.diagnostics()] == ["CDS_HOST"]


def test_the_command_line_which_answers_no_caller_needs_none_of_it(tmp_path: Path) -> None:
    assert application.start(settings(tmp_path, public_url=None), audited=False).ledger is None
