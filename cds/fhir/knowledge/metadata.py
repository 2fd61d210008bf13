"""CRMI metadata that all artifacts of a release have: identity, status, dates, publisher, what they are not."""

from cds.fhir.knowledge.publication import Publication, Resource
from cds.foundation import periods

PLAN_KINDS = ("PlanDefinition", "Library")


def artifact(published: Publication, kind: str, name: str, *, title: str, description: str, purpose: str) -> Resource:
    """The head of a resource of ours. Dates that are not known, and an approval that was not given, are left out."""
    release = published.release
    head = {
        "resourceType": kind,
        "id": name,
        "language": release.language,
        "url": published.url(kind, name),
        "version": release.version,
        "name": computable(name),
        "title": title,
        "status": release.status,
        "experimental": True,
        "publisher": release.cards.product,
        "description": description,
        "purpose": purpose,
    }
    usage = {"usage": release.cards.usage} if kind in PLAN_KINDS else {}
    return (
        head | usage | {"copyright": f"Part of {release.cards.title}, {release.version}, whose Library holds the notices."} | dates(published, kind)
    )


def dates(published: Publication, kind: str) -> Resource:
    """When it was sealed, approved and reviewed, and the days in force; only what the kind has an element for."""
    manifest = published.manifest
    found: Resource = {"date": manifest["date"]} if "date" in manifest else {}
    if kind not in PLAN_KINDS:
        return found
    if published.release.approved:
        found |= {key: manifest[key] for key in ("approvalDate", "lastReviewDate") if key in manifest}
    return found | period(published)


def period(published: Publication) -> Resource:
    """The effective period; FHIR's end is the last day or second in force, ours the first that is no longer."""
    ends = {"end": periods.last(published.end)} if published.end else {}
    found = ({"start": published.start} if published.start else {}) | ends
    return {"effectivePeriod": found} if found else {}


def computable(name: str) -> str:
    """A name that a program can use (FHIR R4, cnl-0): `low-back-pain` is `LowBackPain`."""
    told = "".join(word[:1].upper() + word[1:] for word in name.replace(".", "-").split("-"))
    return told if told[:1].isalpha() else f"N{told}"


def notices(published: Publication) -> Resource:
    """The copyright notices of the terminologies in the form and the value sets, each once."""
    resources = (published.release.questionnaire, *published.value_sets.values())
    told = dict.fromkeys(str(one["copyright"]) for one in resources if one.get("copyright"))
    return {"copyright": "\n\n".join(told)} if told else {}
