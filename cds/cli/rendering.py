"""Cards for a terminal: what a clinician reads beside a patient, in 80 columns, without Markdown's marks."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 80
INDENT = "  "
BULLET = re.compile(r"^(\s*)([-*+]|\d+[.)])\s+")
MARKS = (
    (re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)\)"), r"\1 <\2>"),
    (re.compile(r"(?<![\\*])(\*\*\*|\*\*|\*)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\\\w])(__|_)(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def cards_text(cards: Sequence[Mapping[str, Any]], *, of_orders: bool = False) -> str:
    """The cards in order, with a line between them; says so when there is none: `of_orders` that of these, else of the patient."""
    about = "about these orders" if of_orders else "for this patient"
    return "\n\n".join(card_text(card) for card in cards) or f"No card: nothing to say {about}."


def card_text(card: Mapping[str, Any]) -> str:
    """One card: how pressing, the summary, the detail, what can be ordered, where to read on, and from which release."""
    heading = wrapped(f"[{card['indicator'].upper()}] {plain(card['summary'])}", hanging=INDENT)
    parts = [heading, detail_text(card.get("detail", "")), *_offers(card), *_links(card), f"{INDENT}-- {card['source']['label']}"]
    return "\n".join([*(part for part in parts if part)])


def detail_text(markdown: str) -> str:
    """The detail with its paragraphs, headings and lists, each line wrapped under its own start."""
    lines = [_detail_line(line) for line in markdown.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def plain(text: str) -> str:
    """Text without the marks of inline Markdown; a link keeps its address in angle brackets."""
    for mark, replacement in MARKS:
        text = mark.sub(replacement, text)
    return text


def wrapped(text: str, *, first: str = "", hanging: str = "") -> str:
    """The text in lines of at most 80 columns; a word longer than that stays whole."""
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)


def _detail_line(line: str) -> str:
    bullet = BULLET.match(line)
    if bullet:
        first = f"{INDENT}{bullet[1]}{bullet[2]} "
        return wrapped(plain(line[bullet.end() :]), first=first, hanging=" " * len(first))
    text = re.sub(r"^(#{1,6}|>)\s+", "", line)
    return wrapped(plain(text.strip()), first=INDENT, hanging=INDENT)


def _offers(card: Mapping[str, Any]) -> Iterator[str]:
    for suggestion in card.get("suggestions", []):
        what = "Suggested" if "does" in suggestion else "Can be ordered"
        yield wrapped(f"{what}: {suggestion['label']}", first=INDENT + "+ ", hanging=INDENT * 2)
        yield from (wrapped(action, first=INDENT * 2 + "- ", hanging=INDENT * 3) for action in suggestion.get("does", ()))


def _links(card: Mapping[str, Any]) -> Iterator[str]:
    for link in card.get("links", []):
        yield wrapped(f"{link['label']}: {link['url']}", first=INDENT + "> ", hanging=INDENT * 2)
