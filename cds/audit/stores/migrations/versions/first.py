"""Form 3 as it was first released."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes all tables."""
    _entries()
    _leaves()
    _nodes()
    _tree()
    op.create_table(
        "cards",
        _text("uuid"),
        _number("seq"),
        sa.PrimaryKeyConstraint("uuid", "seq", name="cards_pk"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("cards_seq", "cards", ["seq"])
    _keys()
    op.create_table(
        "segments",
        _text("month"),
        _number("first"),
        _number("last"),
        _text("checkpoint"),
        _text("dropped_at"),
        sa.PrimaryKeyConstraint("first", name="segments_pk"),
        sa.CheckConstraint("first > 0 AND last >= first", name="segments_span"),
        sqlite_strict=True,
    )


def _entries() -> None:
    op.create_table(
        "entries",
        _number("seq"),
        *(_text(name) for name in ("entry_id", "at", "channel", "month", "subject", "client", "tenant", "release")),
        _bytes("body"),
        _bytes("sealed", nullable=True),
        sa.PrimaryKeyConstraint("seq", name="entries_pk"),
        sa.UniqueConstraint("entry_id", name="entries_id"),
        sa.CheckConstraint("seq > 0", name="entries_seq"),
        sa.CheckConstraint("length(month) = 7", name="entries_month_length"),
        sqlite_strict=True,
    )
    for name in ("at", "month", "subject"):
        op.create_index(f"entries_{name}", "entries", [name])


def _leaves() -> None:
    op.create_table(
        "leaves",
        _number("seq"),
        _bytes("hash"),
        sa.PrimaryKeyConstraint("seq", name="leaves_pk"),
        sa.CheckConstraint("seq > 0", name="leaves_seq"),
        sa.CheckConstraint("length(hash) = 32", name="leaves_hash"),
        sqlite_strict=True,
    )


def _nodes() -> None:
    op.create_table(
        "nodes",
        _number("level"),
        _number("idx"),
        _bytes("hash"),
        sa.PrimaryKeyConstraint("level", "idx", name="nodes_pk"),
        sa.CheckConstraint("level > 0 AND level % 8 = 0", name="nodes_level"),
        sa.CheckConstraint("idx >= 0", name="nodes_idx"),
        sa.CheckConstraint("length(hash) = 32", name="nodes_hash"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _tree() -> None:
    op.create_table(
        "tree",
        _number("one"),
        _text("log_id"),
        _number("size"),
        _bytes("peaks"),
        sa.PrimaryKeyConstraint("one", name="tree_pk"),
        sa.CheckConstraint("one = 1", name="tree_one"),
        sa.CheckConstraint("size >= 0", name="tree_size"),
        sa.CheckConstraint("length(peaks) % 32 = 0", name="tree_peaks"),
        sqlite_strict=True,
    )


def _keys() -> None:
    op.create_table(
        "subject_keys",
        _text("key_id"),
        _text("subject"),
        _text("wrapped_by"),
        _number("destroyed"),
        _bytes("wrapped"),
        sa.PrimaryKeyConstraint("key_id", name="subject_keys_pk"),
        sa.CheckConstraint("destroyed IN (0, 1)", name="subject_keys_destroyed"),
        sqlite_strict=True,
    )
    op.create_index("subject_keys_subject", "subject_keys", ["subject"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, WORDS, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False, autoincrement=False)
