"""README and docs do what they say: every code block runs, every link leads somewhere."""

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from cds.foundation import settings
from cds.service import application
from cds.web import application as web
from tests.docs import blocks

FENCE = re.compile(r"^```(\w*)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")


@dataclass(frozen=True)
class Served:
    """Where the service answers and what it records in."""

    address: str
    audit_url: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service on a free port, with a ledger of its own."""
    audit_url = f"sqlite:///{tmp_path_factory.mktemp('served')}/audit.sqlite3"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        app = application.start(settings.Settings(public_url=address, audit_url=audit_url))
        server = make_server("127.0.0.1", port, web.create_app(app), threaded=True, fd=listening.fileno())
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield Served(address, audit_url)
        server.shutdown()
        serving.join()
        server.server_close()
        application.stop(app)


def page_name(page: Path) -> str:
    """The page as a reader knows it."""
    return page.relative_to(blocks.ROOT).as_posix()


@pytest.mark.parametrize("page", blocks.PAGES, ids=page_name)
def test_every_code_block_of_the_page_runs(page: Path, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(blocks.checkout(tmp_path))
    monkeypatch.setenv("CDS_AUDIT_URL", served.audit_url)
    fences = FENCE.findall(page.read_text(encoding="utf-8"))[::2]
    assert blocks.run_page(page, address=served.address) == len(fences) - fences.count("text")


@pytest.mark.parametrize("page", blocks.PAGES, ids=page_name)
def test_every_code_block_of_the_page_has_a_language_that_is_checked(page: Path) -> None:
    assert set(FENCE.findall(page.read_text(encoding="utf-8"))[::2]) <= blocks.LANGUAGES


@pytest.mark.parametrize("page", blocks.PAGES, ids=page_name)
def test_every_link_of_the_page_leads_to_a_file(page: Path) -> None:
    lost = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert lost == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), {blocks.ROOT / "README.md"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = {(page.parent / link).resolve() for link in LINK.findall(page.read_text(encoding="utf-8"))}
        waiting |= {link for link in links if link.suffix == ".md"} - reached
    lost = {page_name(page) for page in blocks.PAGES if page.parent.name != "adr"} - {page_name(page) for page in reached}
    assert lost == set()
