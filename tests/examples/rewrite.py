"""Rewrites the golden answers: `python -m tests.examples.rewrite`. Read the diff before you keep it."""

import tempfile
from pathlib import Path

from tests.examples import asking


def main() -> None:
    """Asks about every example and writes what comes back; a golden answer without an example is removed."""
    asking.ANSWERS.mkdir(exist_ok=True)
    examples = asking.examples()
    with tempfile.TemporaryDirectory() as folder, asking.running(Path(folder)) as app:
        for example in examples:
            example.answer.write_text(asking.pretty(asking.answered(app, example).get_json()), encoding="utf-8")
    for path in set(asking.ANSWERS.glob("*.json")) - {example.answer for example in examples}:
        path.unlink()


if __name__ == "__main__":
    main()
