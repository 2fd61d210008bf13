"""An instant as text in UTC with `Z` (RFC 3339)."""

from datetime import UTC, datetime


def written(at: datetime, timespec: str = "seconds") -> str:
    """The instant, to the second or to what `timespec` says (as in `datetime.isoformat`)."""
    return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
