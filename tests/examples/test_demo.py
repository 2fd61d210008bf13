"""The demonstration: a real server, real requests, and an exit code that can be trusted."""

import subprocess
import sys

from tests.examples import asking


def test_the_demo_prints_every_example_and_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.demo"], cwd=asking.EXAMPLES.parent, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert [example.title for example in asking.examples() if example.title not in done.stdout] == []
