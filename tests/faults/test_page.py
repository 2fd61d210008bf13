"""The page of promises has every test of faults on it, at full length."""

from tests.faults import promises
from tests.faults.promises import Result


def test_the_page_has_every_test_that_measures_something_and_no_other() -> None:
    assert promises.named(promises.PAGE.read_text(encoding="utf-8")) == set(promises.tests()), "make faults"


def test_nothing_on_the_page_failed_or_was_done_in_short() -> None:
    text = promises.PAGE.read_text(encoding="utf-8")
    assert "passed**, at full length." in text
    assert "| no |" not in text
    assert "| yes |" in text


def test_a_test_that_failed_is_told_as_such() -> None:
    results = [Result("test_kills.py", "test_one[sqlite]", True, (("kills", "1,000"),)), Result("test_kills.py", "test_two", False, (("lost", "1"),))]
    told = promises.page(results, long=True)
    assert "**1 of 2 passed**, at full length." in told
    assert "in short" in promises.page(results, long=False)
    assert "| two | `test_two` | lost: 1 | no |" in told
    assert promises.named(told) == {("test_kills.py", "test_one"), ("test_kills.py", "test_two")}


def test_a_test_that_was_not_run_is_told_with_the_reason() -> None:
    results = [Result("test_kills.py", "test_one", True, (("kills", "1,000"),)), Result("test_kills.py", "test_two", False, (), "no such disk here")]
    told = promises.page(results, long=True)
    assert "**1 of 2 passed; 1 not run**" in told
    assert "| two | `test_two` | not run: no such disk here | - |" in told
    assert promises.named(told) == {("test_kills.py", "test_one"), ("test_kills.py", "test_two")}
