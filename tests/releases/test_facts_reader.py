"""facts.yaml as definitions: names that lead nowhere are refused."""

from pathlib import Path

import pytest

from cds.facts import FactDefinitions
from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.releases import facts_reader

SAMPLE = Path(__file__).parent.parent / "schemas" / "samples" / "facts.yaml"


def read(old: str = "", new: str = "") -> FactDefinitions:
    text = SAMPLE.read_text(encoding="utf-8")
    assert old in text
    return facts_reader.read(yaml.parse(text.replace(old, new) if old else text, name="facts.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("with: list", "with: nothing", "nothing"),
        ("recorded: [swelling]", "recorded: [nobody]", "nobody"),
        ("unless: filtration", "unless: no-such-fact", "no-such-fact"),
        ("given: [medications]", "given: [allergies]", "allergies"),
        ("first-page: [egfr]", "first-page: [procedures]", "procedures"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_and_named(old: str, new: str, names: str) -> None:
    with pytest.raises(ContentError, match=names):
        read(old, new)


def test_every_member_of_the_sample_is_read() -> None:
    told = read()
    filtration, pressure, thinner = (told.facts[name] for name in ("filtration", "pressure", "thinner"))
    assert filtration.reads and (filtration.reads.sooner_with, filtration.reads.also_in) == (("swelling",), ("mL/min",))
    assert pressure.reads and (pressure.otherwise, [str(part.at_least) for part in pressure.reads.parts]) == ("low", ["160", "100.5"])
    assert (thinner.otherwise, thinner.otherwise_with, told.facts["list"].given) == ("no", "list", ("medications",))
    assert [(str(source.daily_dose_over), str(source.daily_dose_up_to), source.codes) for source in thinner.sources] == [
        ("325", "None", ()),
        ("None", "325", ()),
        ("None", "None", ()),
        ("None", "None", ("1", "2")),
    ]
    assert [(one.name, one.units, one.unless) for one in told.shown] == [("filtration", ("mL/min",), "filtration"), ("gout", (), "")]
    assert told.first_page == ("egfr",)
