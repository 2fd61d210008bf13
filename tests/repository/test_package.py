"""The wheel holds all that the service reads, and nothing that is only edited."""

import zipfile
from pathlib import Path

import pytest
from hatchling import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        name = build.build_wheel(str(folder))
    with zipfile.ZipFile(folder / name) as wheel:
        return set(wheel.namelist())


def files(folder: Path) -> list[Path]:
    """Every file below a folder, without what Python leaves behind."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def test_the_wheel_holds_every_schema(shipped: set[str]) -> None:
    assert {f"cds/_schemas/{path.name}" for path in files(ROOT / "schemas")} <= shipped


def test_the_wheel_holds_the_code_its_templates_and_every_release(shipped: set[str]) -> None:
    expected = {path.relative_to(ROOT).as_posix() for path in files(ROOT / "cds") if "draft" not in path.parts}
    assert expected - shipped == set()


def test_the_wheel_holds_no_draft_and_no_tests(shipped: set[str]) -> None:
    assert [name for name in shipped if "/draft/" in name or name.startswith(("tests/", "examples/", "docs/"))] == []


def test_the_wheel_carries_the_licence(shipped: set[str]) -> None:
    assert any(name.endswith("/licenses/LICENSE") for name in shipped)
