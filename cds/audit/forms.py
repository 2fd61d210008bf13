"""The forms that a ledger's file has had, and the way from an older one to this one.

The rows and their hashes are the same in all of them. Form 2 adds `cards`, which leads from the uuid of a card to the rows about it: the
decision that gave it and the feedback on it. It is derived: made again from the bodies where it is missing, and nothing is proved by it.
"""

import sqlite3

FORM = 2
"""The form of the tables and of what is hashed; another form has another number."""

OLDER = (1,)
"""Forms that can be read as they are, and are brought to this one before anything is written."""

COLUMNS = ("seq", "decision_id", "decided_at", "channel", "previous_hash", "hash", "body")
CARD_COLUMNS = ("uuid", "seq")
SELECT = f"SELECT {', '.join(COLUMNS)} FROM ledger "
INSERT = f"INSERT INTO ledger ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"
INSERT_NEW = f"{INSERT} ON CONFLICT (decision_id) DO NOTHING"
"""Adds no row where one of that id is there already."""
LAST = "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1"
INSERT_CARD = f"INSERT OR IGNORE INTO cards ({', '.join(CARD_COLUMNS)}) VALUES (?, ?)"
CREATE = """
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    decision_id TEXT NOT NULL UNIQUE CHECK (typeof(decision_id) = 'text'),
    decided_at TEXT NOT NULL CHECK (typeof(decided_at) = 'text'),
    channel TEXT NOT NULL CHECK (typeof(channel) = 'text'),
    previous_hash TEXT NOT NULL CHECK (typeof(previous_hash) = 'text' AND length(previous_hash) = 64),
    hash TEXT NOT NULL CHECK (typeof(hash) = 'text' AND length(hash) = 64),
    body BLOB NOT NULL CHECK (typeof(body) = 'blob')
)
"""
CREATE_CARDS = "CREATE TABLE cards (uuid TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (uuid, seq)) WITHOUT ROWID"
_BODY = "CASE WHEN json_valid(CAST(body AS TEXT)) THEN CAST(body AS TEXT) ELSE '{}' END"
CARDS_OF_BODIES = f"""
SELECT uuid, seq FROM (
    SELECT CASE card.type WHEN 'object' THEN json_extract(card.value, '$.uuid') END AS uuid, ledger.seq AS seq
    FROM ledger, json_each({_BODY}, '$.assessment.cards') AS card
    UNION ALL
    SELECT json_extract({_BODY}, '$.card') AS uuid, seq FROM ledger WHERE channel LIKE 'feedback:%'
)
WHERE typeof(uuid) = 'text'
"""
"""What `cards` holds, worked out from the bodies; a body that is not JSON adds nothing."""

TOUCH = f"PRAGMA user_version = {FORM}"
"""Writes the file's first page as it is: SQLite begins and ends a transaction without a write even where it could not write."""


def create(connection: sqlite3.Connection) -> None:
    """Makes the tables, within a transaction of the caller."""
    connection.execute(CREATE)
    connection.execute(CREATE_CARDS)
    connection.execute(TOUCH)


def upgrade(connection: sqlite3.Connection) -> None:
    """Brings a ledger of an older form, or one without its cards, to this form in one transaction; several processes may try at once."""
    if is_current(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    if not is_current(connection):
        connection.execute("DROP TABLE IF EXISTS cards")
        connection.execute(CREATE_CARDS)
        connection.execute(f"INSERT OR IGNORE INTO cards ({', '.join(CARD_COLUMNS)}) {CARDS_OF_BODIES}")
        connection.execute(TOUCH)
    connection.execute("COMMIT")


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether the file has this form, and its cards."""
    return number(connection) == FORM and columns(connection, "cards") == CARD_COLUMNS


def is_known(connection: sqlite3.Connection) -> bool:
    """Whether the file can be read as a ledger: a form of ours, its table as it was made, and no trigger that could alter what is written."""
    (triggers,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    return number(connection) in (FORM, *OLDER) and columns(connection, "ledger") == COLUMNS and not triggers


def number(connection: sqlite3.Connection) -> int:
    """The form that the file says it has."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """The columns of one of our tables; none where there is no such table."""
    return tuple(str(column[1]) for column in connection.execute(f"PRAGMA table_info({table})"))


def about(connection: sqlite3.Connection, cards: int, *, feedback: bool) -> str:
    """The query for the rows about any of so many cards, each row after the uuid that led to it, in the order of `seq`.

    A file without the table is searched whole: an auditor may read one that the service has not yet brought to this form.
    """
    table = "" if is_current(connection) else f"WITH cards AS ({CARDS_OF_BODIES}) "
    named = ", ".join(f"ledger.{column}" for column in COLUMNS)
    marks = ", ".join("?" * cards)
    wanted = f"cards.uuid IN ({marks})" + ("" if feedback else " AND ledger.channel NOT LIKE 'feedback:%'")
    return f"{table}SELECT cards.uuid, {named} FROM cards JOIN ledger ON ledger.seq = cards.seq WHERE {wanted} ORDER BY ledger.seq"
