"""The Markdown of cards as HTML. The only module that knows markdown-it-py.

HTML in a card stays text, pictures are not loaded, and an address that could run a script is no link. A link opens a page of its own:
nobody can come back to a page of advice.
"""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup


def _link(renderer: RendererHTML, tokens: Sequence[Token], place: int, options: Any, environment: Any) -> str:
    tokens[place].attrs |= {"target": "_blank", "rel": "noopener"}
    return renderer.renderToken(tokens, place, options, environment)


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
    reader.add_render_rule("link_open", _link)
    return reader


_READER = _reader()


def rendered(text: str) -> Markup:
    """The text of a card, safe to stand in a page."""
    return Markup(_READER.render(text))
