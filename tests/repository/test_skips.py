"""CDS_REQUIRE_ALL turns a skip into a failure; an absent ../shared is excused and counted by name."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).parent.parent / "conftest.py"


def run(pytester: pytest.Pytester, *, source: str) -> pytest.RunResult:
    """Runs one test module under the project's conftest."""
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider")


SKIPPING = "import pytest\ndef test_it(): pytest.skip({reason!r})\n"


def test_a_skip_is_a_failure_where_all_is_required(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_REQUIRE_ALL", "1")
    run(pytester, source=SKIPPING.format(reason="install chromium")).assert_outcomes(failed=1)


def test_the_skip_of_a_module_is_an_error_where_all_is_required(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_REQUIRE_ALL", "1")
    run(pytester, source="import pytest\npytest.skip('install node', allow_module_level=True)\n").assert_outcomes(errors=1)


def test_a_skip_stays_a_skip_on_a_developers_machine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDS_REQUIRE_ALL", raising=False)
    run(pytester, source=SKIPPING.format(reason="install chromium")).assert_outcomes(skipped=1)


def test_an_absent_shared_folder_is_excused_and_counted_by_name(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_REQUIRE_ALL", "1")
    result = run(pytester, source=SKIPPING.format(reason="../shared is absent"))
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["1 skipped: ../shared is absent"])


def test_an_expected_failure_is_not_a_skip(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_REQUIRE_ALL", "1")
    run(pytester, source="import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n").assert_outcomes(xfailed=1)
