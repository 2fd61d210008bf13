"""The lock files hold what pyproject.toml asks for, by hash, and name no host."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+) \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(name: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {match[1]: match[2] for line in lines if (match := PINNED.match(line))}


def unmet(wanted: list[str], have: dict[str, str]) -> list[str]:
    """The requirements that no pin satisfies."""
    parsed = [Requirement(text) for text in wanted]
    return [str(item) for item in parsed if not item.specifier.contains(have.get(canonicalize_name(item.name), "0"), prereleases=True)]


def test_the_run_lock_meets_every_dependency_and_the_build_backend() -> None:
    wanted = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    assert unmet(wanted, pins("requirements.lock")) == [], "run `make lock`"


def test_the_test_lock_meets_every_test_tool() -> None:
    assert unmet(PROJECT["dependency-groups"]["test"], pins("requirements-dev.lock")) == [], "run `make lock`"


def test_the_two_locks_agree_on_every_package_they_share() -> None:
    run, test = (pins(name) for name in LOCKS)
    assert {name: (run[name], test[name]) for name in run.keys() & test.keys() if run[name] != test[name]} == {}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_pins_and_hashes_only(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    strange = [line for line in lines if line and not PINNED.match(line) and not HASH.match(line) and not line.startswith("#")]
    assert strange == [], "an address, a path or an unpinned package: run `make lock`"


def test_a_package_with_compiled_parts_is_locked_for_more_than_one_machine() -> None:
    block = (ROOT / "requirements.lock").read_text(encoding="utf-8").split("\npydantic-core==")[1].split("==")[0]
    assert block.count("--hash=") > 10
