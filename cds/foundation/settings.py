"""Settings from the environment (prefix `CDS_`) or from the TOML file that `CDS_CONFIG` names; the environment wins."""

import os
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from cds.foundation.errors import CdsError, Diagnostic

PACKAGED_CONTENT = Path(__file__).parent.parent / "content"


OTHER_NAMES = {"CDS_CONFIG", "CDS_REQUIRE_ALL"}
"""Names with the prefix that are no settings: the file of settings, and the strictness of the tests."""


class BadSettings(CdsError):
    """A setting that does not exist or cannot be had; names it, never its value."""


def words(text: str) -> tuple[str, ...]:
    """The words of a command as a shell would split them; ValueError where a quotation does not end."""
    return tuple(shlex.split(text))


def _command(text: str) -> str:
    try:
        found = words(text)
    except ValueError:
        raise ValueError("a quotation does not end") from None
    if not found:
        raise ValueError("names no program")
    return text


class Settings(BaseSettings):
    """What an operator may choose; every field is read as `CDS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CDS_", extra="forbid", frozen=True)

    mode: Literal["development", "production"] = "development"
    public_url: str | None = Field(None, pattern=r"^https?://[^\s/]+(/[^\s]*)?$")
    audit_url: str = "sqlite:///var/audit.sqlite3"
    audit_heads: Path | None = None
    audit_head_records: int = Field(1_000, ge=1)
    audit_head_minutes: int = Field(10, ge=1)
    audit_head_command: Annotated[str, AfterValidator(_command)] | None = None
    audit_spool: Path | None = None
    audit_keys: Path | None = None
    content: Path = PACKAGED_CONTENT
    clients: Path | None = None
    discovery_open: bool = False
    form_open: bool | None = None
    release: str | None = None
    profile: str = Field("spec", min_length=1)
    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8080, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=64)
    body_limit: int = Field(10_000_000, ge=1_000)
    explanation_hours: int = Field(72, ge=1)
    proxies: int = Field(0, ge=0, le=10)
    rate_limit: int = Field(6_000, ge=1)
    stranger_rate_limit: int = Field(120, ge=1)

    @property
    def has_form(self) -> bool:
        """Whether the form is open to all; where nothing is said, in development alone, since whoever fills it in writes into the ledger."""
        return self.mode == "development" if self.form_open is None else self.form_open

    @property
    def address(self) -> str:
        """Where others reach the service: the public URL, else the address that it listens on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file; FileNotFoundError when it is not there."""
        file = os.environ.get("CDS_CONFIG")
        if file and not Path(file).is_file():
            raise FileNotFoundError(f"CDS_CONFIG names {file}, which is no file. Name the TOML file, or unset it.")
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, toml_file=file)) if file else sources


def read(**chosen: object) -> Settings:
    """The settings, with `chosen` over environment and file; BadSettings names each one that is wrong."""
    known = {f"CDS_{name.upper()}" for name in Settings.model_fields} | OTHER_NAMES
    unknown = sorted(name for name in os.environ if name.startswith("CDS_") and name not in known)
    if unknown:
        raise BadSettings(f"No setting has this name. Those there are: {', '.join(sorted(known))}.", expression=", ".join(unknown))
    try:
        return Settings(**chosen)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings("A setting is wrong.", more=tuple(map(_wrong, error.errors(include_input=False, include_url=False)))) from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSettings("The file that CDS_CONFIG names is missing or is not TOML.", expression="CDS_CONFIG") from error


def _wrong(error: ErrorDetails) -> Diagnostic:
    name = f"CDS_{'_'.join(str(part) for part in error['loc']).upper()}"
    return Diagnostic("error", "value", f"{error['msg']}.", name)


def faults(chosen: Settings) -> tuple[Diagnostic, ...]:
    """Why a service must not be started with these settings, all at once; none where it may be.

    Without registered clients nobody is asked who calls, so that only this machine may.
    """
    production = chosen.mode == "production"
    found = [
        (chosen.clients is None and not _is_loopback(chosen.host), "CDS_HOST", OPEN_TO_ALL),
        (chosen.clients is None and production, "CDS_CLIENTS", NO_CLIENTS),
        (chosen.audit_keys is None and production, "CDS_AUDIT_KEYS", NO_KEYS),
        (production and not (chosen.public_url or "").startswith("https://"), "CDS_PUBLIC_URL", NOT_SECURE),
    ]
    return tuple(Diagnostic("error", "required", text, name) for wrong, name, text in found if wrong)


OPEN_TO_ALL = "Without CDS_CLIENTS the service listens on loopback only: 127.0.0.1, ::1 or localhost. Register the clients, or leave this out."
NO_CLIENTS = "Production needs the file of registered clients: name it, docs/how-to/register-a-client.md says what it holds."
NO_KEYS = "Production needs the file that names the keys of the ledger: docs/how-to/keep-the-keys.md says how to make and keep it."
NOT_SECURE = "Production needs the https URL that callers use, and TLS in front of the service: set it."


def _is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "::1", "localhost")
