"""The long run of `make soak`: ten thousand signed requests of the OpenAPI document, spoilt messages, and the memory of ten thousand."""

import json
import subprocess
import sys
from pathlib import Path

from tests.fuzz import cases, serving, specification

ROOT = Path(__file__).parents[2]
DRAWN = 10_000
SPOILT, NOISE = 200, 100
FIRST, LAST = 1_000, 10_000
MOST_GROWTH = 0.05


def memory(first: int, last: int) -> dict[str, int]:
    """What a process of its own measures."""
    done = subprocess.run([sys.executable, "-m", "tests.soak.memory", str(first), str(last)], cwd=ROOT, capture_output=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def growth(found: dict[str, int]) -> float:
    """By how much of itself the memory grew."""
    return found["last"] / found["first"] - 1


def drawn() -> int:
    """Sends what is drawn from the document, the same number for every operation; returns how many requests there were."""
    with serving.guarded() as fuzzed:
        every = list(specification.operations(fuzzed))
        number = 0
        for operation in every:
            number += sum(specification.held(fuzzed, operation, examples=DRAWN // len(every)).values())
        for name, way in cases.WAYS.items():
            say(f"{number} requests sent; now spoilt messages: {name}")
            cases.spoilt(fuzzed, way, examples=SPOILT)
            cases.noise(fuzzed, way, examples=NOISE)
    return number


def say(text: str) -> None:
    """A line for who waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Runs all of it; 1 when the memory grew too much, and a traceback where an answer was not as documented."""
    number = drawn()
    say(f"{number} requests drawn from the document and {(SPOILT + NOISE) * len(cases.WAYS)} messages, every answer as documented")
    found = memory(FIRST, LAST)
    say(f"resident after {FIRST} requests {found['first']} bytes, after {LAST} {found['last']}: {growth(found):+.1%}")
    return int(growth(found) > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
