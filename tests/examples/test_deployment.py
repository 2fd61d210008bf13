"""The files of examples/deployment, checked for form: each is read by a reader of its kind, and they agree with the software and with each other."""

import configparser
import re
import tomllib
from pathlib import Path
from typing import Any

import crossplane
import pytest
from ruamel.yaml import YAML

from cds.audit.place import POSTGRESQL
from cds.audit.stores import postgresqlserver
from cds.cli.main import main
from cds.foundation.settings import Settings
from cds.service import clients

FOLDER = Path(__file__).parents[2] / "examples" / "deployment"
ROOT = FOLDER.parents[1]
CONFIGURED = "/etc/cds/"
UNKNOWN_TO_THE_READER = ["default", "~^/decisions/", "http2"]
"""Entries of a map, and a directive of nginx 1.25.1 that is younger than the reader."""


def yaml(name: str) -> dict[str, Any]:
    """A file of Compose."""
    found: dict[str, Any] = YAML(typ="safe").load(FOLDER / name)
    return found


def settings() -> dict[str, Any]:
    """The settings as their file has them."""
    return tomllib.loads((FOLDER / "cds.toml").read_text(encoding="utf-8"))


def directives(block: list[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """Every directive of an nginx configuration with its arguments, those within others too."""
    return [one for item in block for one in [(item["directive"], tuple(item["args"])), *directives(item.get("block", []))]]


@pytest.fixture(scope="module")
def nginx() -> list[tuple[str, tuple[str, ...]]]:
    """The directives of nginx.conf, each one that nginx knows, in a place where it may stand, with as many arguments as it takes."""
    file = str(FOLDER / "nginx.conf")
    strange = [error["error"].split('"')[1] for error in crossplane.parse(file, strict=True, check_ctx=True, check_args=True, single=True)["errors"]]
    assert strange == UNKNOWN_TO_THE_READER
    parsed = crossplane.parse(file, check_ctx=True, check_args=True, single=True)
    assert parsed["errors"] == []
    return directives(parsed["config"][0]["parsed"])


def unit() -> configparser.ConfigParser:
    """The systemd unit."""
    parser = configparser.ConfigParser(strict=True, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((FOLDER / "back-pain-cds.service").read_text(encoding="utf-8"))
    return parser


def test_the_settings_are_settings_of_the_service() -> None:
    found = Settings(**{key: value for key, value in settings().items() if key != "clients"}, clients=FOLDER / "clients.toml")
    assert (found.mode, found.proxies, found.address) == ("production", 1, "https://cds.example.org")


def test_the_clients_can_be_loaded() -> None:
    assert {client.name for client in clients.load(FOLDER / "clients.toml").values()} == {"General Hospital", "Sports Clinic"}


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgresql.yaml"])
def test_what_a_service_of_compose_names_is_there(name: str) -> None:
    whole = yaml("compose.yaml")
    part = yaml(name)
    volumes, networks, secrets = ({**whole.get(key, {}), **part.get(key, {})} for key in ("volumes", "networks", "secrets"))
    for service in part["services"].values():
        mounted = [source for source, _, _ in (one.partition(":") for one in service.get("volumes", ()))]
        assert {source for source in mounted if not source.startswith(".")} <= set(volumes)
        assert set(service.get("networks", ())) <= set(networks)
        assert set(service.get("secrets", ())) <= set(secrets)
        assert set(service.get("depends_on", ())) <= {*whole["services"], *part["services"]}


def test_only_nginx_can_be_reached_from_outside() -> None:
    whole = yaml("compose.yaml")
    published = {name for file in ("compose.yaml", "compose.postgresql.yaml") for name, one in yaml(file)["services"].items() if "ports" in one}
    assert published == {"nginx"}
    assert whole["networks"]["inside"] == {"internal": True}


def test_the_container_finds_its_settings_where_they_are_mounted() -> None:
    service = yaml("compose.yaml")["services"]["cds"]
    targets = {source: target for source, target, *_ in (one.split(":") for one in service["volumes"])}
    assert service["environment"] == {"CDS_CONFIG": targets["./cds.toml"]}
    assert settings()["clients"] == targets["./clients.toml"]
    assert settings()["audit_url"] == f"sqlite:///{targets['ledger']}/audit.sqlite3"
    assert all(CONFIGURED + file == f"{targets['./keys']}/{Path(file).name}" for file in key_files())


def test_keys_spool_and_heads_are_where_the_container_has_them_whichever_store_it_writes_to() -> None:
    targets = {source: target for source, target, *_ in (one.split(":") for one in yaml("compose.yaml")["services"]["cds"]["volumes"])}
    assert Path(settings()["audit_keys"]).parent == Path(targets["./audit-keys"])
    assert {Path(settings()[name]).parent for name in ("audit_spool", "audit_heads")} == {Path(targets["ledger"])}


def key_files() -> list[str]:
    """The files of keys that clients hand over."""
    return [
        client["jwks_file"] for client in tomllib.loads((FOLDER / "clients.toml").read_text(encoding="utf-8"))["clients"] if "jwks_file" in client
    ]


def test_what_is_mounted_is_in_the_folder_or_named_by_its_page() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for service in yaml("compose.yaml")["services"].values():
        for source in (one.split(":")[0] for one in service["volumes"] if one.startswith(".")):
            assert (FOLDER / source).exists() or f"`{source.removeprefix('./')}/" in page


def test_the_image_copies_what_the_repository_has() -> None:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [part for line in lines if line.startswith("COPY ") for part in line.split()[1:-1]]
    assert copied
    assert [part for part in copied if not (ROOT / part).exists()] == []
    assert [line for line in lines if line.startswith(("ENTRYPOINT", "CMD"))] == ['ENTRYPOINT ["cds"]', 'CMD ["serve"]']


def test_nginx_passes_to_the_port_of_the_service_and_names_caller_and_scheme(nginx: list[tuple[str, tuple[str, ...]]]) -> None:
    assert ("server", (f"cds:{settings()['port']}",)) in nginx
    assert ("proxy_set_header", ("X-Forwarded-For", "$remote_addr")) in nginx
    assert ("proxy_set_header", ("X-Forwarded-Proto", "$scheme")) in nginx
    assert ("proxy_request_buffering", ("on",)) in nginx


def test_nginx_takes_bodies_up_to_the_limit_of_the_service(nginx: list[tuple[str, tuple[str, ...]]]) -> None:
    (size,) = [arguments[0] for name, arguments in nginx if name == "client_max_body_size"]
    assert int(size.removesuffix("m")) * 1024**2 >= Settings().body_limit


def test_nginx_logs_no_address_of_an_explanation(nginx: list[tuple[str, tuple[str, ...]]]) -> None:
    (form,) = [" ".join(arguments) for name, arguments in nginx if name == "log_format"]
    assert not re.search(r"\$(request|request_uri|uri|http_referer)\b", form)
    assert ("~^/decisions/", ("/decisions/-",)) in nginx


def test_the_unit_starts_what_the_package_installs() -> None:
    service = unit()["Service"]
    assert {service["ExecStart"].split("/")[-1], service["ExecStartPre"].split("/")[-1]} == {"cds serve", "cds serve --check"}
    serve = main.commands["serve"]
    assert "--check" in [option for parameter in serve.params for option in parameter.opts]
    assert service["Environment"] == f"CDS_CONFIG={CONFIGURED}cds.toml"
    assert Path(settings()["audit_url"].removeprefix("sqlite:///")).parent.name == service["StateDirectory"]


def test_the_ledger_takes_the_database_that_compose_starts() -> None:
    part = yaml("compose.postgresql.yaml")
    service, server = part["services"]["cds"], part["services"]["postgresql"]["environment"]
    url = service["environment"]["CDS_AUDIT_URL"]
    assert url == f"{POSTGRESQL}{server['POSTGRES_USER']}@postgresql/{server['POSTGRES_DB']}"
    assert postgresqlserver.read(url).shown == "postgresql://postgresql/cds"
    assert service["environment"]["PGPASSFILE"] in [f"/run/secrets/{name}" for name in service["secrets"]]


def test_the_server_that_compose_starts_loses_nothing() -> None:
    command = yaml("compose.postgresql.yaml")["services"]["postgresql"]["command"]
    chosen = dict(one.split("=") for one in command if "=" in one)
    postgresqlserver.require_durable({"server_encoding": "UTF8", "synchronous_standby_names": ""} | chosen)


def test_the_page_names_the_files_of_passwords() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    secrets = yaml("compose.postgresql.yaml")["secrets"].values()
    assert [one["file"] for one in secrets if f"`{one['file'].removeprefix('./')}`" not in page] == []
