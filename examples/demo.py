"""Sends every request of `examples/requests` to a service started for it, and prints the cards as a clinician reads them.

Run from the root of the repository: `python -m examples.demo`. Exit code 0 when each answer has the urgency that
`requests/index.json` gives, 1 otherwise.
"""

import json
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cds.cli import rendering
from examples import dates, servers, services

REQUESTS = Path(__file__).parent / "requests"


class CallRefused(Exception):
    """The service answered with an error."""


def main() -> int:
    """Prints all cards; the exit code."""
    with tempfile.TemporaryDirectory() as folder, servers.service(Path(folder)) as server:
        wrong = [problem for entry in index() if (problem := _shown(server.address, entry))]
    print("\n".join(wrong) or "Every answer is the one that examples/requests/index.json gives.")
    return 1 if wrong else 0


def index() -> list[dict[str, Any]]:
    """The examples in order: file, title, the instant each is written for, and what is expected."""
    entries: list[dict[str, Any]] = json.loads((REQUESTS / "index.json").read_text(encoding="utf-8"))
    return entries


def _shown(address: str, entry: Mapping[str, Any]) -> str:
    """Prints one example; what is wrong with its answer, or nothing."""
    request = json.loads((REQUESTS / entry["file"]).read_text(encoding="utf-8"))
    fresh = dates.moved(request, written=datetime.fromisoformat(entry["at"]), now=datetime.now(UTC))
    cards = _call(f"{address}/cds-services/{services.of(request)}", fresh)["cards"]
    print(f"\n{'=' * 80}\n{entry['title']}\n{'=' * 80}\n{rendering.cards_text(cards)}")
    return _difference(entry, cards)


def _difference(entry: Mapping[str, Any], cards: Sequence[Mapping[str, Any]]) -> str:
    links = [link["url"] for card in cards for link in card.get("links", ())]
    if "urgency" not in entry["expect"]:
        offered = any("/form/" in link for link in links)
        return "" if offered else f"{entry['file']}: expected a card that offers the form."
    decisions = [link for link in links if "/decisions/" in link]
    given = _call(decisions[0])["triage"]["urgency"] if decisions else "not explained"
    expected = entry["expect"]["urgency"]
    return "" if given == expected else f"{entry['file']}: expected {expected}, the answer is {given}."


def _call(url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """GET, or POST where there is a body; the JSON of the answer. Raises CallRefused."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
            document: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise CallRefused(f"{error.code} from {url}: {error.read().decode(errors='replace')}") from error
    return document


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CallRefused, servers.ServerFailed) as failure:
        sys.exit(str(failure))
