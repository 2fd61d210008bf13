"""The service in a thread of this process, and axe-core, which tells what of a page a person with a disability cannot use."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page
from werkzeug.serving import WSGIRequestHandler, make_server

AXE = Path(__file__).parents[2] / "var/node/node_modules/axe-core/axe.min.js"
RULES = """() => axe.run(document, {rules: {"color-contrast-enhanced": {enabled: true}, "target-size": {enabled: true}}}).then(
  (found) => found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`))"""


class Silent(WSGIRequestHandler):
    """A handler that writes no line."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keeps quiet."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the service while it runs."""
    server = make_server("127.0.0.1", 0, app, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def accessible(page: Page, element: Locator) -> dict[str, str]:
    """The name and the description of an element as Chromium tells them to a screen reader; the empty text where there is none."""
    session = page.context.new_cdp_session(page)
    mark = "data-looked-at"
    element.evaluate(f"one => one.setAttribute('{mark}', '')")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": f"[{mark}]"})["nodeId"]
    (found, *_) = session.send("Accessibility.getPartialAXTree", {"nodeId": node, "fetchRelatives": False})["nodes"]
    element.evaluate(f"one => one.removeAttribute('{mark}')")
    session.detach()
    return {part: str(found.get(part, {}).get("value", "")) for part in ("name", "description")}


def violations(page: Page, browser: Browser) -> list[str]:
    """What axe-core finds, with text contrast as WCAG's level AAA has it. A page without script is looked at in a copy of it."""
    if not AXE.is_file():
        pytest.skip("var/node is absent: `make` installs axe-core where npm is")
    held = re.sub(r"<script>.*?</script>", "", page.content(), flags=re.DOTALL)
    size, scheme = page.viewport_size, page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    copy = browser.new_page(viewport=size, color_scheme="dark" if scheme else "light")
    copy.set_content(held)
    copy.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = copy.evaluate(RULES)
    copy.close()
    return found
