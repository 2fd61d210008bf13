"""HTML: well formed, self-contained, escaped, and with the marks that a screen reader goes by."""

from typing import Any, cast

import pytest
from hypothesis import given
from lxml import html as reader

from cds.dmn.formats import grid, html
from cds.dmn.model import DecisionModel
from tests.dmn.formats import sheets

DRAFT = sheets.RELEASES[0]


def found(text: str, path: str) -> list[Any]:
    """What an XPath finds in a page."""
    return cast(list[Any], reader.document_fromstring(text.encode()).xpath(path))


def test_every_rule_of_a_release_is_a_row_with_its_id_as_head() -> None:
    heads = found(html.write(sheets.released(DRAFT)), "//tbody/tr/th[@scope='row']/text()")
    ids = {row.id for one in grid.book(sheets.released(DRAFT)).grids for row in one.rows}
    assert ids <= set(heads)


def test_tables_have_a_caption_and_heads_with_their_scope() -> None:
    text = html.write(sheets.released(DRAFT))
    complete = "//table[count(caption)=1 and count(thead/tr/th[@scope='col'])=count(thead/tr/*)]"
    assert len(found(text, complete)) == len(found(text, "//table")) == len(sheets.released(DRAFT).decisions)
    assert found(text, "/html/@lang") == ["en"]


def test_every_id_stands_once_and_every_reference_has_one() -> None:
    text = html.write(sheets.released(DRAFT))
    ids = found(text, "//@id")
    assert len(ids) == len(set(ids))
    assert {name.removeprefix("#") for name in found(text, "//@aria-labelledby | //a/@href")} <= set(ids)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = html.write(sheets.released(DRAFT))
    assert found(text, "//script | //link | //img | //iframe | //@src | //@style | //@onclick") == []
    assert "url(" not in html.STYLE and "@import" not in html.STYLE


@sheets.FEWER
@given(sheets.models())
def test_no_text_becomes_a_mark(model: DecisionModel) -> None:
    text = html.write(model, title="<script>alert(1)</script>")
    assert "<script" not in text


@pytest.mark.parametrize("sign", ["&", "<", ">", '"', "'"])
def test_signs_of_html_are_escaped(sign: str) -> None:
    assert f"<h1>a{sign}b</h1>" not in html.write(sheets.released(sheets.RELEASES[2]), title=f"a{sign}b") or sign in "'\""


def test_the_print_form_repeats_the_heads_and_keeps_rows_whole() -> None:
    assert "table-header-group" in html.STYLE and "break-inside: avoid" in html.STYLE


def test_a_long_code_may_go_on_in_the_next_line_and_a_key_may_not() -> None:
    text = html.write(grid.alone(sheets.released(DRAFT), "referral"))
    assert "REFER_<wbr>PHYSICIAN" in text
    assert '<span class="whole">MAL-2</span>, <span class="whole">MAL-3</span>' in text


def test_the_note_of_a_rule_is_told_apart_from_its_reason() -> None:
    assert '<br><span class="name">Note</span>' in html.write(grid.alone(sheets.released(DRAFT), "duration"))
