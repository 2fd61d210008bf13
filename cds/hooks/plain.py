"""The Markdown of a card as plain text, for clients that show it as it comes (CDS Hooks 3.0, "Card Attributes", `detail`)."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
_BLOCKS = ("inline", "code_block", "fence")
_INDENT = "  "


def text(markdown: str) -> str:
    """The words in their order: a list item is a line that starts with a hyphen, an empty line stands between paragraphs. No mark is left."""
    return "\n".join(_lines(_READER.parse(markdown)))


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    depth, opened, begun = 0, False, False
    for token in tokens:
        depth += token.nesting if token.type in ("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close") else 0
        opened = opened or token.type == "list_item_open"
        if token.type in _BLOCKS:
            if begun and not opened:
                yield ""
            yield f"{_lead(depth, opened)}{_words(token)}"
            opened, begun = False, True


def _lead(depth: int, opened: bool) -> str:
    return f"{_INDENT * (depth - 1)}- " if opened else _INDENT * depth


def _words(token: Token) -> str:
    if token.children is None:
        return token.content.rstrip("\n")
    return "".join("\n" if part.type in ("softbreak", "hardbreak") else part.content for part in token.children)
