"""What the pages need beside their documents: the style, and small ways of saying values in words."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from cds.web import markdown

DAY = 24
VERIFICATION = {"V": "verified", "M": "not verified"}
DERIVED = "derived"


def stylesheet() -> Markup:
    """The one style of all pages, written into each so that a saved page stands alone."""
    return Markup(files("cds.web").joinpath("templates", "style.css").read_text(encoding="utf-8"))


def form_parts() -> tuple[Markup, Markup]:
    """The style and the script of the form's pages, written into each."""
    folder = files("cds.web").joinpath("templates")
    style, script = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("form.css", "form.js"))
    return Markup(stylesheet() + Markup(style)), Markup(script)


def views(document: Mapping[str, Any]) -> dict[str, Any]:
    """Parts of an assessment as its page shows them.

    Reasons of rules by id; references once each; rules that unknown answers left open; facts apart by who gave them.
    """
    told = [rule for entry in document["explanation"] for rule in entry["rules"]]
    cited = {reference["id"]: reference for rule in told for reference in rule["references"]}
    facts = document["facts"]
    return {
        "reasons": {rule["id"]: rule["because"] for rule in told},
        "references": list(cited.values()),
        "open_rules": [(entry["decision"], entry["undetermined"]) for entry in document["decisions"] if entry["undetermined"]],
        "given": {name: fact for name, fact in facts.items() if fact["source"] != DERIVED},
        "derived": {name: fact for name, fact in facts.items() if fact["source"] == DERIVED},
    }


def said(value: Any) -> str:
    """A fact's or an output's value: lists with commas, nothing as a dash, fractions to two places."""
    if isinstance(value, (list, tuple)):
        return ", ".join(said(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {said(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, (float, Decimal)):
        return f"{value:.2f}"
    return "-" if value is None or value == "" else str(value)


def within(hours: int) -> str:
    """A time limit in words."""
    if hours == 0:
        return "now"
    return f"within {hours} hours" if hours <= 2 * DAY or hours % DAY else f"within {hours // DAY} days"


def instant(text: str) -> str:
    """An RFC 3339 instant in UTC, to the minute."""
    return f"{text[:10]} {text[11:16]} UTC"


def address(locator: str) -> str:
    """The web address of a DOI or of an https locator; empty for anything else."""
    if locator.startswith("10."):
        return f"https://doi.org/{locator}"
    return locator if locator.startswith("https://") else ""


def checked(mark: str) -> str:
    """What of a citation was verified against its source: the letters of the notes as words."""
    return re.sub(r"\b[VM]\b", lambda letter: VERIFICATION[letter[0]], mark)


FILTERS: Mapping[str, Callable[[Any], str]] = {
    "said": said,
    "within": within,
    "instant": instant,
    "address": address,
    "checked": checked,
    "markdown": markdown.rendered,
}
