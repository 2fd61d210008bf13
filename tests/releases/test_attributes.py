"""Source attributes: read as written, and an input that no fact stands for is refused."""

from pathlib import Path

import pytest

from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.foundation.settings import PACKAGED_CONTENT
from cds.releases import attributes, checking, loading
from tests.releases import knees

WRITTEN = """\
developer: Somebody
funding: Nobody
intended-user: Clinicians
intended-use: To try it
not-for: Use in care
inputs:
  - {attribute: Race, used: 'no'}
  - {attribute: Age, used: 'yes', how: It counts., facts: [FACT]}
limits: [It sees no knee.]
gaps: [Nobody tried it.]
"""
DRAFT = PACKAGED_CONTENT / "low-back-pain" / "draft"
THIRTEEN = ["Race", "Ethnicity", "Language", "Sexual orientation", "Gender identity", "Sex", "Date of birth", "Social determinants of health"]
UNUSED = ("race", "ethnic", "gender identity", "orientation", "income", "housing", "education", "insurance", "language")


def test_a_release_may_state_none(draft: Path) -> None:
    assert attributes.read(draft, loading.draft(draft, name=knees.NAME).facts) is None


def test_an_input_that_is_used_by_a_fact_that_does_not_exist_is_refused_at_its_line(draft: Path) -> None:
    facts = loading.draft(draft, name=knees.NAME).facts
    (draft / attributes.FILE).write_text(WRITTEN.replace("FACT", "locked"), encoding="utf-8")
    assert attributes.read(draft, facts) == yaml.parse(WRITTEN.replace("FACT", "locked"), name="").value
    (draft / attributes.FILE).write_text(WRITTEN.replace("FACT", "weather"), encoding="utf-8")
    with pytest.raises(ContentError, match="Age is used by weather") as caught:
        attributes.read(draft, facts)
    assert caught.value.expression == "attributes.yaml:8"
    assert [one.text for one in checking.check(draft)] == [one.text for one in caught.value.diagnostics()]


def test_the_release_says_of_each_attribute_of_the_regulation_whether_it_is_used() -> None:
    release = loading.draft(DRAFT, name="low-back-pain")
    stated = attributes.read(DRAFT, release.facts)
    assert stated is not None
    used = {one["attribute"]: one["used"] for one in stated["inputs"]}
    assert list(used) == [*THIRTEEN, "Health status assessments"]
    assert [name for name, said in used.items() if said == "yes"] == ["Sex", "Date of birth", "Health status assessments"]


def test_no_fact_and_no_question_is_about_what_is_said_not_to_be_used() -> None:
    release = loading.draft(DRAFT, name="low-back-pain")
    asked = [f"{fact.name} {fact.label}" for fact in release.facts.facts.values()] + list(release.cards.words["question"].values())
    assert [text for text in asked for word in UNUSED if word in text.lower()] == []
