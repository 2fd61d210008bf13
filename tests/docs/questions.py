"""Writes `docs/explanation/open-clinical-questions.md` from the newest release: `python -m tests.docs.questions`."""

from cds.service import open_points
from tests.docs.tables import NAME, ROOT, newest, read

PAGE = ROOT / "docs" / "explanation" / "open-clinical-questions.md"


def page() -> str:
    """The page of the newest release."""
    folder = newest()
    return open_points.markdown(open_points.described(folder, read(folder).release))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {NAME} {newest().name}")
