"""Signed heads: as c2sp.org/tlog-checkpoint has them, and nothing else."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.audit.tree import checkpoints
from cds.audit.tree.checkpoints import BadCheckpoint, SigningKey, VerifyingKey

AT = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
KEY = SigningKey("first", bytes(range(32)))
OTHER = SigningKey("second", bytes(range(32, 64)))
ORIGIN = checkpoints.origin_of("0b4b0a6c")
ROOT = bytes(range(100, 132))
NOTE = checkpoints.write(ORIGIN, 1204, ROOT, AT, KEY)
GO_EXAMPLE = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The key of the example in the documentation of golang.org/x/mod/sumdb/note: another implementation of the same key ids."""


def signature(key: SigningKey, text: str, name: str = ORIGIN) -> str:
    """A signature line as the specification has it."""
    mark = key.verifying.key_id(name) + key.sign(text.encode())
    return f"\u2014 {name} {base64.b64encode(mark).decode()}\n"


def text_of(note: str) -> str:
    """What was signed."""
    return note[: note.rindex("\n\n") + 1]


def test_a_head_says_origin_size_root_and_time_and_is_signed_once() -> None:
    lines = NOTE.split("\n")
    assert lines[:5] == ["back-pain-cds.example/ledger/0b4b0a6c", "1204", base64.b64encode(ROOT).decode(), "time 2030-05-06T07:08:09Z", ""]
    assert lines[5].startswith("\u2014 back-pain-cds.example/ledger/0b4b0a6c ")
    assert len(lines) == 7
    assert lines[6] == ""
    assert text_of(NOTE) + "\n" + signature(KEY, text_of(NOTE)) == NOTE


def test_what_was_written_is_read_again_and_verified() -> None:
    head = checkpoints.verify(NOTE, [OTHER.verifying, KEY.verifying])
    assert (head.origin, head.size, head.root, head.at, head.text) == (ORIGIN, 1204, ROOT, AT, NOTE)
    assert checkpoints.read(NOTE) == head


def test_the_time_is_written_in_utc_wherever_it_was_taken() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert checkpoints.write(ORIGIN, 1204, ROOT, elsewhere, KEY) == NOTE


def test_a_key_has_the_id_that_another_implementation_gives_it() -> None:
    public = base64.b64decode(GO_EXAMPLE.split("+", 2)[2])[1:]
    assert VerifyingKey("example", public).text("PeterNeumann") == GO_EXAMPLE


def test_a_head_that_only_others_signed_is_refused() -> None:
    with pytest.raises(BadCheckpoint, match="not signed by a known key"):
        checkpoints.verify(NOTE, [OTHER.verifying])
    with pytest.raises(BadCheckpoint, match="not signed by a known key"):
        checkpoints.verify(NOTE, [])


def test_signatures_of_unknown_keys_and_other_names_stand_beside_ours() -> None:
    text = text_of(NOTE)
    witness = f"\u2014 witness.example/w {base64.b64encode(b'abcd' + bytes(72)).decode()}\n"
    several = text + "\n" + witness + signature(OTHER, text) + signature(KEY, text) + witness
    assert checkpoints.verify(several, [KEY.verifying]).size == 1204
    assert checkpoints.verify(several, [KEY.verifying, OTHER.verifying]).size == 1204
    with pytest.raises(BadCheckpoint):
        checkpoints.verify(text + "\n" + witness, [KEY.verifying])


def test_one_wrong_signature_of_a_known_key_refuses_the_whole_note() -> None:
    text = text_of(NOTE)
    forged = signature(OTHER, "something else\n")
    with pytest.raises(BadCheckpoint, match="does not hold"):
        checkpoints.verify(text + "\n" + signature(KEY, text) + forged, [KEY.verifying, OTHER.verifying])


def test_a_signature_by_our_key_under_another_name_does_not_count() -> None:
    text = text_of(NOTE)
    with pytest.raises(BadCheckpoint, match="not signed by a known key"):
        checkpoints.verify(text + "\n" + signature(KEY, text, "other.example/log"), [KEY.verifying])


def test_sixteen_signatures_are_taken_and_more_than_a_hundred_are_not() -> None:
    text = text_of(NOTE)
    mark = signature(KEY, text)
    assert checkpoints.verify(text + "\n" + mark * 16, [KEY.verifying]).size == 1204
    with pytest.raises(BadCheckpoint):
        checkpoints.read(text + "\n" + mark * 101)


def resigned(text: str) -> str:
    """A text that is signed well, whatever it says."""
    return text + "\n" + signature(KEY, text)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        text_of(NOTE),
        text_of(NOTE) + "\n",
        NOTE.removesuffix("\n"),
        NOTE + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("\u2014 ", "-- "),
        NOTE.replace("\u2014 ", "\u2014"),
        NOTE.replace("time", "time\t"),
        NOTE[:-2] + "!\n",
        NOTE + "\ud800",
        text_of(NOTE) + "\n" + f"\u2014 {ORIGIN} {base64.b64encode(b'abcd').decode()}\n",
        text_of(NOTE) + "\n" + f"\u2014 a+b {base64.b64encode(bytes(68)).decode()}\n",
        text_of(NOTE) + "\n" + f"\u2014 a\u00a0b {base64.b64encode(bytes(68)).decode()}\n",
        resigned(text_of(NOTE).replace("\n1204\n", "\n01204\n")),
        resigned(text_of(NOTE).replace("\n1204\n", "\n-1\n")),
        resigned(text_of(NOTE).replace("\n1204\n", "\n+1204\n")),
        resigned(text_of(NOTE).replace("\n1204\n", "\n\u0661\n")),
        resigned(text_of(NOTE).replace("\n1204\n", "\n" + "9" * 30 + "\n")),
        resigned(text_of(NOTE).replace(base64.b64encode(ROOT).decode(), base64.b64encode(ROOT[1:]).decode())),
        resigned(text_of(NOTE).replace(base64.b64encode(ROOT).decode(), base64.b64encode(ROOT).decode()[:-2] + "N=")),
        resigned(text_of(NOTE).replace("time 2030-05-06", "time 2030-15-06")),
        resigned(text_of(NOTE).replace("09Z", "09+00:00")),
        resigned(text_of(NOTE).replace("time ", "when ")),
        resigned(text_of(NOTE) + "another line\n"),
        resigned(text_of(NOTE).replace("\ntime", "\n\ntime")),
        resigned("\n".join(text_of(NOTE).split("\n")[1:])),
        resigned(text_of(NOTE).replace(ORIGIN, "")),
        resigned(text_of(NOTE).replace(ORIGIN, "an origin")),
        "x" * (1 << 20) + NOTE,
    ],
)
def test_what_is_not_written_as_it_must_be_is_refused(note: str) -> None:
    with pytest.raises(BadCheckpoint):
        checkpoints.verify(note, [KEY.verifying])


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_a_head_with_any_byte_changed_is_refused(at: int, change: int) -> None:
    data = bytearray(NOTE.encode())
    data[at] ^= change
    with pytest.raises((BadCheckpoint, UnicodeDecodeError)):
        checkpoints.verify(data.decode(), [KEY.verifying])


def test_a_refusal_repeats_nothing_of_the_note() -> None:
    with pytest.raises(BadCheckpoint) as refused:
        checkpoints.verify("canary-origin\n1\nroot\n\n\u2014 canary-name x\n", [KEY.verifying])
    assert "canary" not in refused.value.text


def test_the_private_key_is_in_no_text_about_it() -> None:
    assert KEY.seed.hex() not in repr(KEY) + str(KEY)
    assert "seed" not in repr(KEY)
