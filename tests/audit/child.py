"""A process that appends records and prints each id once it is acknowledged: `python -m tests.audit.child PATH NAME COUNT [feedback]`.

With the last word it appends feedback, that of each number twice and two items at once.
"""

import sys
from pathlib import Path

from tests.audit import samples


def main(path: str, name: str, count: int, kind: str = "decisions") -> None:
    """Appends `count` records named after this process."""
    with samples.opened(Path(path), busy_seconds=120.0) as opened:
        for number in range(count):
            decision_id = f"{name}-{number}"
            if kind == "feedback":
                opened.append_all([samples.feedback(decision_id), samples.feedback(decision_id)])
            else:
                opened.append(samples.record(decision_id, padding=500, patient=f"Patient/{number % 3}"))
            print(decision_id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
