"""Our files through the programs of others: scripts of the folder `node`, with the npm packages that `make` installs under var/node."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cds.dmn.model import DecisionModel

ROOT = Path(__file__).parents[3]
SCRIPTS = Path(__file__).parent / "node"
INSTALLED = ROOT / "var/node"


def run(script: str, package: str, files: Sequence[Path]) -> list[str]:
    """What the script prints of the files, a line each, all in one run of node. Skips where node or the package is absent."""
    node = shutil.which("node")
    if node is None or not (INSTALLED / "node_modules" / package).is_dir():
        pytest.skip(f"node or var/node is absent: `make` installs {package} where npm is")
    told = "".join(f"{file}\n" for file in files)
    return subprocess.run([node, str(SCRIPTS / script), str(INSTALLED)], input=told, capture_output=True, text=True, check=True).stdout.splitlines()


def drawn(models: st.SearchStrategy[DecisionModel], count: int) -> list[DecisionModel]:
    """Random models, the same at each run."""
    found: list[DecisionModel] = []

    @settings(max_examples=count, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(models)
    def collect(model: DecisionModel) -> None:
        found.append(model)

    collect()
    return found
