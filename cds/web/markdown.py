"""The Markdown of cards as HTML. The only module that knows markdown-it-py.

HTML in a card stays text, pictures are not loaded, and an address that could run a script is no link.
"""

from markdown_it import MarkdownIt
from markupsafe import Markup

_READER = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def rendered(text: str) -> Markup:
    """The text of a card, safe to stand in a page."""
    return Markup(_READER.render(text))
