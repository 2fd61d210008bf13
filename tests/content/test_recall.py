"""The value sets of the draft on coded patients that nobody here wrote: what each stratum's codes find, and when they set a fact.

The patients are Synthea's, read from `../shared/data/patients`; the tables below were made by reading their lists of conditions and medicines.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cds.facts import FactDefinition, FactDefinitions, RecordSource
from cds.fhir import record
from cds.values.release import Release

STRATA = {
    "anticoagulant": ("anticoagulants", "long-term-anticoagulant"),
    "antiplatelet": ("antiplatelets",),
    "cancer": ("cancer",),
    "kidney": ("kidney-disease",),
    "osteoporosis": ("osteoporosis", "bone-agents"),
    "pregnancy": ("pregnancy",),
    "steroid": ("steroids", "long-term-steroid"),
    "nsaid": ("nsaids", "aspirin"),
}
# Not in any stratum on purpose: inhaled budesonide and fluticasone, alteplase, a suspected cancer, a miscarriage,
# and a tubal pregnancy, for which the notes name no code.
TRUTH = {
    "bulk10-01": {"cancer"},
    "bulk10-03": {"nsaid"},
    "bulk10-05": {"kidney"},
    "bulk10-07": set(),
    "bulk10-09": {"osteoporosis", "nsaid"},
    "bulk10-11": {"pregnancy", "nsaid"},
    "bulk10-13": set(),
    "sog-anticoagulant-antiplatelet-01": {"anticoagulant", "nsaid"},
    "sog-anticoagulant-antiplatelet-03": {"antiplatelet", "osteoporosis", "nsaid"},
    "sog-anticoagulant-antiplatelet-05": {"antiplatelet", "nsaid"},
    "sog-chronic-pain-01": {"anticoagulant", "osteoporosis", "nsaid"},
    "sog-chronic-pain-03": {"pregnancy", "nsaid"},
    "sog-chronic-pain-05": {"nsaid"},
    "sog-ckd-01": {"kidney", "antiplatelet"},
    "sog-ckd-03": {"kidney", "pregnancy"},
    "sog-malignancy-01": {"cancer"},
    "sog-malignancy-03": {"cancer"},
    "sog-malignancy-05": {"cancer"},
    "sog-none-01": set(),
    "sog-none-03": set(),
    "sog-nsaid-01": {"nsaid", "osteoporosis"},
    "sog-nsaid-03": {"nsaid"},
    "sog-osteoporosis-01": {"osteoporosis", "anticoagulant", "antiplatelet"},
    "sog-osteoporosis-03": {"osteoporosis"},
    "sog-osteoporosis-05": {"osteoporosis", "cancer", "nsaid"},
    "sog-pregnancy-01": {"pregnancy"},
    "sog-pregnancy-03": {"pregnancy", "nsaid"},
    "sog-steroid-01": {"steroid"},
    "sog-steroid-03": {"steroid"},
}
CODES = {
    "anticoagulant": {"855332"},
    "antiplatelet": {"309362"},
    "cancer": {"254637007", "254837009", "126906006", "92691004", "363406005"},
    "kidney": {"431855005", "431856006", "433144002", "431857002", "46177005"},
    "osteoporosis": {"64859006", "443165006", "904419"},
    "pregnancy": {"72892002"},
    "steroid": {"312617"},
    "nsaid": {"198405", "206905", "310965", "849574"},
}
LATE = datetime(2030, 1, 1, tzinfo=UTC)
READ = ("Condition", "MedicationRequest")
ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}

# Patient, fact, an instant inside the episode, and one after its look-back has ended or None where it never ends.
EPISODES = [
    ("sog-anticoagulant-antiplatelet-01", "hx-anticoag", "2018-04-19", None),
    ("sog-chronic-pain-01", "hx-anticoag", "1993-01-19", None),
    ("sog-ckd-01", "med-antiplatelet", "2019-02-20", "2019-06-01"),
    ("sog-malignancy-03", "hx-cancer", "1995-09-01", None),
    ("bulk10-01", "hx-cancer", "1985-01-01", None),
    ("bulk10-05", "hx-kidney", "1980-01-01", None),
    ("bulk10-05", "ckd-severe", "1990-01-01", None),
    ("bulk10-05", "ckd-moderate", "1985-01-01", "1993-01-01"),
    ("sog-ckd-03", "hx-kidney", "2020-01-01", None),
    ("sog-osteoporosis-03", "hx-osteoporosis", "1990-01-01", None),
    ("sog-pregnancy-01", "pregnant", "2020-03-01", "2020-07-01"),
    ("sog-pregnancy-03", "pregnant", "2019-10-01", "2020-02-01"),
    ("bulk10-11", "pregnant", "2023-01-01", "2023-06-01"),
    ("sog-steroid-01", "med-steroid", "2021-01-15", "2021-06-01"),
    ("sog-steroid-03", "med-steroid", "2020-07-01", "2020-12-01"),
    ("sog-nsaid-01", "nsaid-now", "2012-03-08", "2012-04-01"),
    ("sog-nsaid-03", "nsaid-now", "2015-01-08", "2015-02-01"),
    ("sog-anticoagulant-antiplatelet-05", "nsaid-now", "2000-01-01", None),
]

Resource = Mapping[str, Any]
Patients = dict[str, list[dict[str, Any]]]


@functools.cache
def by_stratum() -> FactDefinitions:
    """A fact a stratum that any entry with a code or name of its value sets sets, whatever its time and status."""
    facts = {}
    for name, value_sets in STRATA.items():
        sources = tuple(RecordSource(value_set, kind) for value_set in value_sets for kind in ("Condition", "Medication"))
        facts[name] = FactDefinition(name, "string", ("yes",), sets="yes", sources=sources)
    return FactDefinitions(facts, timedelta(hours=72), timedelta(minutes=10), {}, (), "")


@pytest.fixture(scope="module")
def patients(shared: Path) -> Patients:
    """The resources of each patient by file name."""
    files = sorted((shared / "data" / "patients").glob("*.json"))
    return {path.stem: [entry["resource"] for entry in json.loads(path.read_bytes())["entry"]] for path in files}


def the_patient(resources: Sequence[Resource]) -> Resource:
    return next(one for one in resources if one["resourceType"] == "Patient")


def read(release: Release, resources: Sequence[Resource], at: datetime, definitions: FactDefinitions | None = None) -> dict[str, Any]:
    """The facts that the record sets at that instant, those of the release unless others are given."""
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources]}
    found = record.read({"bundle": bundle}, definitions or release.facts, release.value_sets, subject=the_patient(resources)["id"], at=at)
    return {name: fact.value for name, fact in found.values.items()}


def coded(resource: Resource) -> Mapping[str, Any]:
    concept: Mapping[str, Any] = resource.get("medicationCodeableConcept") or resource.get("code") or {}
    return concept


def distinct(resources: Sequence[Resource]) -> Iterator[tuple[str, Resource]]:
    """One entry of each code of conditions and medicines, with that code."""
    seen = set()
    for one in resources:
        codes = [coding["code"] for coding in coded(one).get("coding", ())]
        if one["resourceType"] in READ and codes and codes[0] not in seen:
            seen.add(codes[0])
            yield codes[0], one


def strata_of(release: Release, resources: Sequence[Resource]) -> dict[str, set[str]]:
    """The codes of the patient that are found, by stratum, each entry read by itself."""
    found: dict[str, set[str]] = {}
    for code, one in distinct(resources):
        for stratum in read(release, (the_patient(resources), one), LATE, by_stratum()):
            found.setdefault(stratum, set()).add(code)
    return found


def test_every_patient_has_a_hand_made_truth(patients: Patients) -> None:
    assert sorted(patients) == sorted(TRUTH)
    named = {"ckd": "kidney", "malignancy": "cancer", "none": "", "chronic": ""}
    for name, strata in TRUTH.items():
        words = name.split("-")[1:-1] if name.startswith("sog-") else []
        wanted = {named.get(word, word) for word in words[:1]} - {""}
        assert wanted <= strata or {"anticoagulant", "antiplatelet"} & strata, name


def test_each_stratum_is_found_in_its_patients_and_in_no_other(release: Release, patients: Patients) -> None:
    assert {name: set(strata_of(release, resources)) for name, resources in patients.items()} == TRUTH


def test_no_code_is_found_that_is_not_of_the_stratum(release: Release, patients: Patients) -> None:
    found: dict[str, set[str]] = {}
    for resources in patients.values():
        for stratum, codes in strata_of(release, resources).items():
            found[stratum] = found.get(stratum, set()) | codes
    assert found == CODES


def concepts(path: Path) -> dict[str, str]:
    includes = json.loads(path.read_bytes()).get("compose", {}).get("include", ())
    return {concept["code"]: concept["display"] for include in includes for concept in include.get("concept", ())}


def prescribed(code: str, name: str) -> Resource:
    concept = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code, "display": name}], "text": name}
    subject = {"reference": "Patient/p"}
    return {"resourceType": "MedicationRequest", "id": "m", "status": "active", "subject": subject, "medicationCodeableConcept": concept}


PATIENT: Resource = {"resourceType": "Patient", "id": "p"}
LOCAL = re.compile(r"\b(cream|ointment|gel|lotion|ophthalmic|otic|nasal|topical|inhal\w*)\b")


def test_steroids_for_skin_eye_ear_nose_and_lung_are_not_systemic(shared: Path, release: Release) -> None:
    files = sorted((shared / "data" / "valuesets" / "pddi").glob("valueset-*-exclude.json"))
    left_out = {code: name.casefold() for path in files for code, name in concepts(path).items()}
    ingredients = release.value_sets["steroids"].names
    local = {code: name for code, name in left_out.items() if LOCAL.search(name) and any(one in name for one in ingredients)}
    assert len(local) > 100
    assert [name for code, name in local.items() if read(release, (PATIENT, prescribed(code, name)), LATE, by_stratum()).get("steroid")] == []


def test_no_code_of_the_steroids_is_in_a_set_of_products_that_are_not_systemic(shared: Path, release: Release) -> None:
    names = ("betamethasone", "dexamethasone", "hydrocortisone", "methylprednisolone", "prednisolone", "triamcinolone")
    left_out = {code for name in names for code in concepts(shared / "data" / "valuesets" / "pddi" / f"valueset-{name}-exclude.json")}
    codes = {code for _, code in release.value_sets["steroids"].codes}
    assert codes & left_out == set()


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def as_it_stood(resources: Sequence[Resource], moment: datetime) -> list[Resource]:
    """The record as it was then: nothing of later, and what had not ended yet as active."""
    kept: list[Resource] = []
    for one in resources:
        begun = one.get("onsetDateTime") or one.get("authoredOn")
        if one["resourceType"] in READ and begun and datetime.fromisoformat(begun) > moment:
            continue
        ended = one.get("abatementDateTime")
        lasting = ended is not None and datetime.fromisoformat(ended) > moment
        kept.append({**one, "clinicalStatus": ACTIVE, "abatementDateTime": None} if lasting else one)
    return kept


@pytest.mark.parametrize(("name", "fact", "inside", "after"), EPISODES, ids=[f"{row[0]}-{row[1]}" for row in EPISODES])
def test_a_fact_is_set_inside_its_episode_and_not_after_its_look_back(
    release: Release, patients: Patients, name: str, fact: str, inside: str, after: str | None
) -> None:
    assert read(release, as_it_stood(patients[name], at(inside)), at(inside)).get(fact) == "yes"
    if after:
        assert read(release, as_it_stood(patients[name], at(after)), at(after)).get(fact) != "yes"
    else:
        assert read(release, patients[name], LATE).get(fact) == "yes"


def test_a_few_days_of_steroid_are_no_long_term_use(release: Release, patients: Patients) -> None:
    for name in ("sog-steroid-01", "sog-steroid-03"):
        begun = next(at(one["authoredOn"][:10]) for code, one in distinct(patients[name]) if code in CODES["steroid"])
        days = [begun + timedelta(days=day) for day in (1, 30, 89, 91, 200, 400)]
        assert ["hx-steroid" in read(release, patients[name], day) for day in days] == [False] * len(days), name


def test_a_steroid_that_was_never_stopped_is_long_term_use_from_the_ninetieth_day(release: Release, patients: Patients) -> None:
    (ordered,) = (one for code, one in distinct(patients["sog-steroid-03"]) if code in CODES["steroid"])
    running = [one | {"status": "active"} if one is ordered else one for one in patients["sog-steroid-03"]]
    begun = datetime.fromisoformat(ordered["authoredOn"])
    assert ["hx-steroid" in read(release, running, begun + timedelta(days=day)) for day in (89, 90, 400)] == [False, True, True]


# Patient, codes, fact, and the days for which a stopped medicine still counts.
STOPPED = [
    ("sog-anticoagulant-antiplatelet-01", "anticoagulant", "hx-anticoag", 90),
    ("sog-anticoagulant-antiplatelet-05", "antiplatelet", "med-antiplatelet", 90),
    ("sog-anticoagulant-antiplatelet-05", "nsaid", "nsaid-now", 7),
    ("sog-steroid-03", "steroid", "med-steroid", 90),
]


@pytest.mark.parametrize(("name", "stratum", "fact", "days"), STOPPED, ids=[f"{row[0]}-{row[2]}" for row in STOPPED])
def test_a_stopped_medicine_counts_for_its_look_back_and_no_longer(
    release: Release, patients: Patients, name: str, stratum: str, fact: str, days: int
) -> None:
    ordered = [one for code, one in distinct(patients[name]) if code in CODES[stratum]]
    last = max(datetime.fromisoformat(one["authoredOn"]) for one in ordered)
    stopped = [one | {"status": "stopped"} if one in ordered else one for one in patients[name]]
    held = [read(release, stopped, last + timedelta(days=day)).get(fact) == "yes" for day in (days - 1, days + 1)]
    assert held == [True, False]


def test_a_pregnancy_that_was_never_closed_ends_after_forty_two_weeks(release: Release, patients: Patients) -> None:
    begun = datetime.fromisoformat(next(one["onsetDateTime"] for code, one in distinct(patients["sog-pregnancy-01"]) if code == "72892002"))
    still_open = as_it_stood(patients["sog-pregnancy-01"], begun)
    assert ["pregnant" in read(release, still_open, begun + timedelta(days=day)) for day in (1, 293, 296)] == [True, True, False]
