"""A decision model as one HTML page, for people to read, review and print. It is written only, never read.

The page needs nothing else: no script, no font, no picture, no address. Every text is escaped.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

from cds.dmn.formats import grid, grid_words
from cds.dmn.model import DecisionModel

STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 90rem; padding: 1rem 1.5rem; color: #1a1a1a; background: #fff; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
nav ul { columns: 16rem; padding-left: 1.2rem; }
a { color: #0b4f8a; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; padding: .4rem 0; font-weight: 600; }
th, td { border: 1px solid #8a8a8a; padding: .35rem .5rem; text-align: left; vertical-align: top; overflow-wrap: break-word; min-width: 4rem; }
thead th { background: #e4ecf5; } thead th.given { background: #dcefdc; } tbody th { white-space: nowrap; background: #f6f6f6; }
td.long { min-width: 16rem; overflow-wrap: normal; } .whole { white-space: nowrap; }
tbody tr:nth-child(even) td { background: #fafafa; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { font-weight: 600; } dd { margin: 0; }
.name { color: #444; } .name::after { content: ": "; }
@page { size: landscape; margin: 12mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 9pt; } nav { display: none; } .scroll { overflow: visible; }
  table { font-size: 8pt; } th, td, td.long { min-width: 0; }
  h2, caption { break-after: avoid; } thead { display: table-header-group; } tr { break-inside: avoid; }
}
"""
LONG = ("Because", "Expression", grid_words.WHEN)
KEY = re.compile(r"\b[A-Z][A-Za-z0-9]{0,9}-[0-9][0-9A-Za-z.]{0,5}\b")
"""A key such as `MAL-2`, which is kept on one line; a long code may go on in the next after each underscore."""


def write(model: DecisionModel, *, title: str = "", evidence: Mapping[str, str] | None = None) -> str:
    """The decisions in order, each with its question, its hit policy and its rules; `evidence` says what keys of evidence mean."""
    book = grid.book(model)
    return "".join(_page(book, title or book.model, evidence or {}))


def _page(book: grid.Book, title: str, meanings: Mapping[str, str]) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
    yield f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n</head>\n<body>\n'
    yield f"<h1>{escape(title)}</h1>\n<p>{escape(grid_words.READING.replace('`', ''))}</p>\n"
    anchors = grid_words.numbered(book)
    links = "".join(f'<li><a href="#{anchor}">{escape(name)}</a></li>\n' for anchor, name in anchors)
    yield f'<nav aria-label="Decisions">\n<ul>\n{links}</ul>\n</nav>\n' if len(anchors) > 1 else ""
    yield "<main>\n"
    for (anchor, _), part in zip(anchors, grid_words.parts(book), strict=True):
        yield from _part(part, anchor)
    yield from _evidence(book, meanings)
    yield "</main>\n</body>\n</html>\n"


def _part(part: grid_words.Part, anchor: str) -> Iterator[str]:
    yield f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{escape(part.name)}</h2>\n'
    if part.policy:
        yield f"<p>Hit policy: {escape(part.policy)}</p>\n"
    yield f'<div class="scroll" tabindex="0" role="group" aria-labelledby="{anchor}">\n<table>\n<caption>{escape(part.question)}</caption>\n'
    heads = "".join(_head(head, given=number in part.given) for number, head in enumerate(part.heads))
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for row in part.rows:
        yield f"<tr>{''.join(_cells(part.heads, row))}</tr>\n"
    yield "</tbody>\n</table>\n</div>\n<ul>\n"
    yield "".join(f"<li>{escape(note)}</li>\n" for note in part.notes)
    yield "</ul>\n</section>\n"


def _head(name: str, *, given: bool) -> str:
    return f'<th scope="col" class="given">{escape(name)}</th>' if given else f'<th scope="col">{escape(name)}</th>'


def _cells(heads: tuple[str, ...], row: tuple[tuple[tuple[str, str], ...], ...]) -> Iterator[str]:
    for number, (head, lines) in enumerate(zip(heads, row, strict=True)):
        if number == 0:
            yield f'<th scope="row">{"<br>".join(escape(text) for _, text in lines)}</th>'
        else:
            told = "<br>".join(map(_line, lines))
            yield f'<td class="long">{told}</td>' if head in LONG else f"<td>{told}</td>"


def _line(line: tuple[str, str]) -> str:
    name, text = line
    told = KEY.sub(r'<span class="whole">\g<0></span>', escape(text).replace("_", "_<wbr>"))
    return (f'<span class="name">{escape(name)}</span>' if name else "") + told.replace("\n", "<br>")


def _evidence(book: grid.Book, meanings: Mapping[str, str]) -> Iterator[str]:
    told = grid_words.evidence(book, meanings)
    if told:
        entries = "".join(f"<dt>{escape(key)}</dt><dd>{escape(meaning)}</dd>\n" for key, meaning in told)
        yield f'<section aria-labelledby="evidence">\n<h2 id="evidence">Evidence</h2>\n<dl>\n{entries}</dl>\n</section>\n'
