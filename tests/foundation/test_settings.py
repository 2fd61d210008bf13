"""Settings: from where they come, which one wins, and which are refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cds.foundation import settings
from cds.foundation.settings import PACKAGED_CONTENT, BadSettings, Settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests."""
    for name in ("CONFIG", "REQUIRE_ALL", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(f"CDS_{name}", raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that `CDS_CONFIG` names."""
    path = tmp_path / "cds.toml"
    monkeypatch.setenv("CDS_CONFIG", str(path))
    return path


def test_without_any_setting_the_service_stays_on_this_machine() -> None:
    chosen = Settings()
    assert (chosen.mode, chosen.host, chosen.port, chosen.release) == ("development", "127.0.0.1", 8080, None)
    assert (chosen.content, chosen.body_limit, chosen.explanation_hours) == (PACKAGED_CONTENT, 10_000_000, 72)


def test_the_environment_is_read_with_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_PORT", "9000")
    monkeypatch.setenv("CDS_CONTENT", "elsewhere")
    monkeypatch.setenv("PORT", "1")
    assert (Settings().port, Settings().content) == (9000, Path("elsewhere"))


def test_the_file_is_read_and_the_environment_wins(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('port = 9001\nrelease = "1.0.0"\nlog_level = "error"\n', encoding="utf-8")
    monkeypatch.setenv("CDS_PORT", "9002")
    assert (Settings().port, Settings().release, Settings().log_level) == (9002, "1.0.0", "error")


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_PORT", "9002")
    assert Settings(port=9003).port == 9003


def test_a_key_of_the_file_that_is_no_setting_is_refused(config: Path) -> None:
    config.write_text("prot = 9001\n", encoding="utf-8")
    with pytest.raises(ValidationError, match="prot"):
        Settings()


def test_a_file_that_is_not_there_is_refused(config: Path) -> None:
    with pytest.raises(OSError, match=config.name):
        Settings()
    with pytest.raises(BadSettings, match="CDS_CONFIG"):
        settings.read()


def test_a_file_that_is_not_toml_is_refused(config: Path) -> None:
    config.write_text("port: 9001\n", encoding="utf-8")
    with pytest.raises(BadSettings, match="not TOML"):
        settings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "ftp://example.org"),
        ("public_url", "example.org"),
        ("public_url", "https://"),
        ("public_url", "https://example.org/a b"),
        ("mode", "test"),
        ("proxies", "11"),
        ("rate_limit", "0"),
        ("stranger_rate_limit", "0"),
        ("form_open", "perhaps"),
        ("log_level", "loud"),
        ("port", "65536"),
        ("port", "many"),
        ("workers", "0"),
        ("body_limit", "999"),
        ("explanation_hours", "0"),
        ("language", "English"),
        ("language", "../en"),
    ],
)
def test_a_value_that_no_setting_takes_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CDS_{name.upper()}", value)
    with pytest.raises(BadSettings) as caught:
        settings.read()
    assert [one.expression for one in caught.value.diagnostics()] == [f"CDS_{name.upper()}"]
    assert value not in caught.value.text


SECURE = {"mode": "production", "public_url": "https://cds.example.org", "clients": Path("clients.toml"), "audit_keys": Path("keys.toml")}
STARTS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"host": "::1"}, []),
    ({"host": "localhost"}, []),
    ({"host": "0.0.0.0"}, ["CDS_HOST"]),
    ({"host": "127.0.0.2"}, ["CDS_HOST"]),
    ({"host": "LOCALHOST.example.org"}, ["CDS_HOST"]),
    ({"host": "0.0.0.0", "clients": Path("clients.toml")}, []),
    ({"mode": "production"}, ["CDS_CLIENTS", "CDS_AUDIT_KEYS", "CDS_PUBLIC_URL"]),
    ({"mode": "production", "host": "0.0.0.0"}, ["CDS_HOST", "CDS_CLIENTS", "CDS_AUDIT_KEYS", "CDS_PUBLIC_URL"]),
    (SECURE, []),
    (SECURE | {"host": "0.0.0.0"}, []),
    (SECURE | {"public_url": "http://cds.example.org"}, ["CDS_PUBLIC_URL"]),
    (SECURE | {"public_url": None}, ["CDS_PUBLIC_URL"]),
    (SECURE | {"clients": None}, ["CDS_CLIENTS"]),
    (SECURE | {"audit_keys": None}, ["CDS_AUDIT_KEYS"]),
]


@pytest.mark.parametrize(("chosen", "named"), STARTS)
def test_a_service_that_would_be_open_to_all_is_not_started_and_all_that_is_missing_is_named_at_once(
    chosen: dict[str, Any], named: list[str]
) -> None:
    assert [one.expression for one in settings.faults(Settings(**chosen))] == named


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://cds.example.org", "https://example.org/a/b"])
def test_a_web_address_is_taken_with_or_without_a_path(url: str) -> None:
    assert Settings(public_url=url).public_url == url


def test_a_name_with_the_prefix_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_PROT", "canary-1")
    with pytest.raises(BadSettings, match="No setting has this name") as caught:
        settings.read()
    assert "canary" not in caught.value.text


def test_no_error_repeats_the_value_of_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_PUBLIC_URL", "canary-1")
    with pytest.raises(BadSettings) as caught:
        settings.read()
    assert "canary" not in str(caught.value.diagnostics())


def test_what_is_chosen_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_PORT", "9002")
    assert settings.read(port=9003).port == 9003


ADDRESSES: list[tuple[dict[str, Any], str]] = [
    ({}, "http://127.0.0.1:8080"),
    ({"host": "::1", "port": 9000}, "http://[::1]:9000"),
    ({"public_url": "https://cds.example.org"}, "https://cds.example.org"),
]


@pytest.mark.parametrize(("chosen", "address"), ADDRESSES)
def test_the_address_is_the_public_one_or_the_one_listened_on(chosen: dict[str, Any], address: str) -> None:
    assert settings.read(**chosen).address == address


def test_settings_never_change_once_they_are_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, True),
        ({"form_open": False}, False),
        ({"mode": "production"}, False),
        ({"mode": "production", "form_open": True}, True),
    ],
)
def test_the_form_is_open_in_development_alone_unless_it_is_said(chosen: dict[str, Any], expected: bool) -> None:
    assert Settings(**chosen).has_form is expected
