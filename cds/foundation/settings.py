"""Settings from the environment (prefix `CDS_`) or from the TOML file that `CDS_CONFIG` names; the environment wins."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PACKAGED_CONTENT = Path(__file__).parent.parent / "content"


class Settings(BaseSettings):
    """What an operator may choose; every field is read as `CDS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CDS_", extra="forbid", frozen=True)

    mode: Literal["development", "production"] = "development"
    public_url: str = Field("http://127.0.0.1:8080", pattern=r"^https?://[^\s/]+(/[^\s]*)?$")
    audit_url: str = "sqlite:///var/audit.sqlite3"
    content: Path = PACKAGED_CONTENT
    release: str | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    workers: int = Field(1, ge=1, le=64)
    body_limit: int = Field(10_000_000, ge=1_000)
    explanation_hours: int = Field(72, ge=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file; ValueError when the file is not there."""
        file = os.environ.get("CDS_CONFIG")
        if file and not Path(file).is_file():
            raise ValueError(f"CDS_CONFIG names {file}, which is no file. Name the TOML file, or unset it.")
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, toml_file=file)) if file else sources
