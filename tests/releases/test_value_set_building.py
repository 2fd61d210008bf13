"""Value sets from their sources: the committed ones are what the sources say, each code has its mark and origin, and faults are named."""

import functools
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.valueset import ValueSet

import cds
from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.releases import icd, value_set_building, valuesets
from tests.releases import knees

DRAFT = Path(cds.__file__).parent / "content" / "low-back-pain" / "draft"
FILES = sorted((DRAFT / "valuesets").glob("*.json"))
PRODUCTS = sorted((DRAFT / "valuesets" / "products").glob("*.txt"))
SOURCES = """\
base: https://example.org/fhir
version: '1.2.0'
date: '2030-01-01'
publisher: The makers
origins: {notes: Our notes, shelf: 'A shelf, CC0 1.0'}
product-forms: {not-taken: [cream, 'inhal*']}
value-sets:
  - id: sore-pills
    title: Pills
    description: Pills for a sore knee.
    codes:
      - {system: snomed, mark: certain, from: notes, list: {'11': Sore, '12': ''}}
      - {system: rxnorm, mark: unverified, from: shelf, file: products/pills.txt}
    ingredients: [pillin]
    not-beside: not-taken
  - {id: nothing, title: Nothing, description: No code yet.}
"""

Marked = tuple[str, str, str]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with sources that need no tables of ICD-10-CM."""
    (tmp_path / "valuesets" / "products").mkdir(parents=True)
    (tmp_path / "valuesets" / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (tmp_path / "valuesets" / "products" / "pills.txt").write_text("21 pillin 5 MG Oral Tablet\n22 pillin 10 MG Oral Tablet\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def tables() -> None:
    """Skips without the tables of ICD-10-CM."""
    if importlib.util.find_spec("simple_icd_10_cm") is None:
        pytest.skip("install the extra `authoring`")


@functools.cache
def origins() -> set[str]:
    """What the sources say that codes come from."""
    return set(yaml.parse((DRAFT / "valuesets" / "sources.yaml").read_text(encoding="utf-8"), name="").value["origins"].values())


def resource(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def extensions(include: dict[str, Any]) -> dict[str, str]:
    """The values of the extensions by the last part of their URL."""
    return {one["url"].rsplit("/", 1)[1]: next(value for name, value in one.items() if name != "url") for one in include["extension"]}


def composed(found: dict[str, Any]) -> Iterator[Marked]:
    """Each code that is included, with its system and mark."""
    for include in found.get("compose", {}).get("include", ()):
        for concept in include["concept"]:
            yield include["system"], concept["code"], extensions(include)["code-verification"]


@pytest.mark.usefixtures("tables")
def test_the_committed_value_sets_are_what_their_sources_say() -> None:
    assert value_set_building.differences(DRAFT) == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_value_set_is_fhir_and_says_whose_it_is(path: Path) -> None:
    found = resource(path)
    ValueSet.model_validate(found)
    assert found["url"] == f"https://back-pain-cds.example/fhir/ValueSet/{path.stem}"
    assert (found["id"], found["status"], found["experimental"], found["publisher"]) == (path.stem, "draft", True, "Back Pain CDS")
    assert found["title"] and found["description"] and found["version"] and found["date"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_code_has_one_mark_and_an_origin_and_is_in_the_expansion_once(path: Path) -> None:
    found = resource(path)
    codes = [pair[:2] for pair in composed(found)]
    assert len(codes) == len(set(codes))
    assert [(one["system"], one["code"]) for one in found["expansion"].get("contains", ())] == codes
    assert found["expansion"]["total"] == len(codes)
    for include in found.get("compose", {}).get("include", ()):
        assert extensions(include)["code-verification"] in {"verified", "certain", "from-memory", "unverified"}
        assert extensions(include)["code-origin"] in origins()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_value_set_names_the_owners_of_its_code_systems(path: Path) -> None:
    found = resource(path)
    systems = {system for system, _, _ in composed(found)}
    for name, notice in value_set_building.NOTICES.items():
        assert (notice in found.get("copyright", "")) == (value_set_building.SYSTEMS[name] in systems), name


def test_codes_that_came_from_a_list_of_others_are_not_shown_as_verified() -> None:
    for path in FILES:
        for include in resource(path).get("compose", {}).get("include", ()):
            if "notes" not in extensions(include)["code-origin"]:
                assert extensions(include)["code-verification"] == "unverified", path.stem


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.stem)
def test_product_names_carry_an_ingredient_and_no_brand_in_brackets(path: Path) -> None:
    names = valuesets.read(resource(DRAFT / "valuesets" / f"{path.stem}.json")).names
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines, key=lambda line: int(line.split()[0]))
    roots = {name.split()[0].removesuffix("e").casefold()[:9] for name in names}
    assert [line for line in lines if "[" in line or not any(root in line.casefold() for root in roots)] == []


def test_what_is_built_is_what_the_sources_say(sources: Path) -> None:
    texts = value_set_building.built(sources)
    assert list(texts) == ["valuesets/sore-pills.json", "valuesets/nothing.json"]
    pills = json.loads(texts["valuesets/sore-pills.json"])
    ValueSet.model_validate(pills)
    assert (pills["url"], pills["version"], pills["name"]) == ("https://example.org/fhir/ValueSet/sore-pills", "1.2.0", "SorePills")
    assert [mark for _, _, mark in composed(pills)] == ["certain", "certain", "unverified", "unverified", "certain"]
    assert [extensions(include)["code-origin"] for include in pills["compose"]["include"]] == ["Our notes", "A shelf, CC0 1.0", "Our notes"]
    assert pills["compose"]["include"][0]["concept"] == [{"code": "11", "display": "Sore"}, {"code": "12"}]
    read = valuesets.read(pills)
    assert ("http://www.nlm.nih.gov/research/umls/rxnorm", "22") in read.codes
    assert (read.names, read.excluded_words) == (("pillin",), ("cream", "inhal*"))


def test_a_value_set_without_codes_says_so_with_an_empty_expansion(sources: Path) -> None:
    found = json.loads(value_set_building.built(sources)["valuesets/nothing.json"])
    ValueSet.model_validate(found)
    assert (found["expansion"]["total"], "compose" in found, "copyright" in found) == (0, False, False)


def test_the_same_sources_give_the_same_bytes_and_another_version_another_expansion(sources: Path) -> None:
    first = value_set_building.built(sources)
    assert value_set_building.built(sources) == first
    knees.edit(sources / "valuesets" / "sources.yaml", "'1.2.0'", "'1.3.0'")
    second = value_set_building.built(sources)
    assert {json.loads(text)["expansion"]["identifier"] for text in first.values()}.isdisjoint(
        json.loads(text)["expansion"]["identifier"] for text in second.values()
    )


def test_writing_makes_what_is_missing_or_wrong_and_takes_away_what_has_no_source(sources: Path) -> None:
    assert value_set_building.write(sources) == ["valuesets/nothing.json", "valuesets/sore-pills.json"]
    assert value_set_building.write(sources) == []
    (sources / "valuesets" / "more.json").write_text("{}", encoding="utf-8")
    (sources / "valuesets" / "nothing.json").write_text("{}", encoding="utf-8")
    (sources / "valuesets" / "sore-pills.json").unlink()
    assert value_set_building.differences(sources) == {
        "valuesets/more.json": "has no source",
        "valuesets/nothing.json": "is not what its sources say",
        "valuesets/sore-pills.json": "is missing",
    }
    value_set_building.write(sources)
    assert value_set_building.differences(sources) == {}


def test_a_sealed_release_is_left_alone(sources: Path) -> None:
    (sources / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ContentError, match="never changes"):
        value_set_building.write(sources)
    assert list((sources / "valuesets").glob("*.json")) == []


FAULTS = [
    ("from: shelf", "from: cellar", "valuesets/sources.yaml:13", "origin cellar"),
    ("not-beside: not-taken", "not-beside: taken", "valuesets/sources.yaml:8", "list taken"),
    ("{id: nothing,", "{id: sore-pills,", "valuesets/sources.yaml:8", "Two value sets are called sore-pills"),
    ("mark: certain", "mark: checked", "valuesets/sources.yaml:12", "mark"),
    ("products/pills.txt", "products/others.txt", "valuesets/products/others.txt", "missing"),
]


@pytest.mark.parametrize(("old", "new", "place", "text"), FAULTS, ids=[row[1] for row in FAULTS])
def test_a_fault_of_the_sources_is_named_with_its_line(sources: Path, old: str, new: str, place: str, text: str) -> None:
    knees.edit(sources / "valuesets" / "sources.yaml", old, new)
    with pytest.raises(ContentError) as caught:
        value_set_building.built(sources)
    told = caught.value.diagnostics()
    assert [(one.expression, text in one.text) for one in told] == [(place, True)]


@pytest.mark.parametrize("line", ["pillin", "21 again", "23", "x pillin"])
def test_a_line_of_products_that_is_no_new_code_and_name_is_named(sources: Path, line: str) -> None:
    products = sources / "valuesets" / "products" / "pills.txt"
    products.write_text(products.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        value_set_building.built(sources)
    assert caught.value.expression == "valuesets/products/pills.txt:3"


@pytest.mark.usefixtures("tables")
def test_a_pattern_takes_a_code_all_below_it_or_a_range_and_leaves_out_what_is_said() -> None:
    assert list(icd.expanded(["R50.9"], [], place="")) == ["R50.9"]
    assert list(icd.expanded(["M54.5*"], [], place="")) == ["M54.5", "M54.50", "M54.51", "M54.59"]
    assert list(icd.expanded(["N18.4-N18.6"], ["N18.5*"], place="")) == ["N18.4", "N18.6"]
    assert "Z34.0" in icd.expanded(["O*", "Z34*"], [], place="")
    assert icd.expanded(["I71.9"], [], place="")["I71.9"] == "Aortic aneurysm of unspecified site, without rupture"


@pytest.mark.usefixtures("tables")
def test_a_pattern_that_takes_nothing_is_refused_with_its_place() -> None:
    with pytest.raises(ContentError, match="Q99.99 takes no code") as caught:
        icd.expanded(["R50.9", "Q99.99"], [], place="sources.yaml:7")
    assert caught.value.expression == "sources.yaml:7"
