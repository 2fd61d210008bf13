"""FHIR ValueSets from the file that names where their codes come from; the same sources always give the same bytes.

Each include holds the codes of one system, one mark and one origin, which stand beside it as extensions. Ingredient names
and the product forms beside which they do not count are codes of systems of this project (see `valuesets`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cds.foundation import yaml
from cds.foundation.errors import ContentError
from cds.foundation.yaml import Document
from cds.releases import documents, icd, valuesets

SOURCES = "valuesets/sources.yaml"
SCHEMA = "value-set-sources"
VERIFICATION = "/StructureDefinition/code-verification"
ORIGIN = "/StructureDefinition/code-origin"
URL_NAMESPACE = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")
SYSTEMS = {
    "snomed": "http://snomed.info/sct",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
NOTICES = {
    "snomed": "SNOMED CT codes are copyright of SNOMED International; using them needs a SNOMED CT licence where one applies.",
    "icd-10-cm": "ICD-10-CM is published by the U.S. National Center for Health Statistics by permission of the World Health Organization.",
    "loinc": "LOINC codes are copyright of Regenstrief Institute, Inc., free to use under the LOINC licence; LOINC is its registered trademark.",
    "rxnorm": "RxNorm names and codes are from the U.S. National Library of Medicine, which does not endorse this use.",
}

Concept = dict[str, str]
Include = dict[str, Any]


def built(folder: Path) -> dict[str, str]:
    """The text of each file of value sets by its path in the release folder.

    ContentError names the line of the sources that cannot be made; it takes seconds, since it reads the tables of ICD-10-CM.
    """
    sources = yaml.parse(documents.read(folder / SOURCES, folder), name=SOURCES)
    documents.require_valid(SCHEMA, sources)
    named = [entry["id"] for entry in sources.value["value-sets"]]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise ContentError(f"Two value sets are called {twice[0]}. Rename one of them.", expression=sources.place("value-sets"))
    return {f"valuesets/{name}.json": _text(_resource(index, sources, folder)) + "\n" for index, name in enumerate(named)}


def differences(folder: Path) -> dict[str, str]:
    """By path what is wrong with the committed files: missing, not what the sources say, or without a source."""
    return _compared(built(folder), folder)


def write(folder: Path) -> list[str]:
    """Writes every value set that is not what its sources say, and returns their paths. ContentError for a sealed folder."""
    if (folder / documents.MANIFEST).exists():
        raise ContentError("A sealed release never changes. Make the value sets of the draft.", expression=documents.MANIFEST)
    texts = built(folder)
    changed = _compared(texts, folder)
    for path in changed:
        if path in texts:
            (folder / path).write_text(texts[path], encoding="utf-8")
        else:
            (folder / path).unlink()
    return list(changed)


def _compared(wanted: Mapping[str, str], folder: Path) -> dict[str, str]:
    held = {f"valuesets/{path.name}": path for path in (folder / "valuesets").glob("*.json")}
    found = {path: "has no source" for path in held.keys() - wanted.keys()}
    for path, text in wanted.items():
        if path not in held:
            found[path] = "is missing"
        elif documents.read(held[path], folder) != text:
            found[path] = "is not what its sources say"
    return dict(sorted(found.items()))


def _resource(index: int, sources: Document, folder: Path) -> dict[str, Any]:
    entry, common = sources.value["value-sets"][index], sources.value
    url = f"{common['base']}/ValueSet/{entry['id']}"
    includes = [_include(codes, place, sources, folder) for place, codes in _listed(entry, index)]
    notices = [NOTICES[system] for system in dict.fromkeys(codes["system"] for codes in entry.get("codes", ()))]
    head = {
        "resourceType": "ValueSet",
        "id": entry["id"],
        "url": url,
        "version": common["version"],
        "name": "".join(word.capitalize() for word in entry["id"].split("-")),
        "title": entry["title"],
        "status": "draft",
        "experimental": True,
        "date": common["date"],
        "publisher": common["publisher"],
        "description": entry["description"],
    }
    compose = _compose(entry, includes, sources, sources.place("value-sets", index))
    expansion = _expansion(url, compose.get("include", []), common)
    return head | ({"copyright": " ".join(notices)} if notices else {}) | ({"compose": compose} if compose else {}) | {"expansion": expansion}


def _listed(entry: Mapping[str, Any], index: int) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    for position, codes in enumerate(entry.get("codes", ())):
        yield ("value-sets", index, "codes", position), codes


def _include(codes: Mapping[str, Any], path: tuple[str | int, ...], sources: Document, folder: Path) -> Include:
    place = sources.place(*path)
    if codes["from"] not in sources.value["origins"]:
        raise ContentError(f"The origin {codes['from']} is not listed. Name it under origins.", expression=place)
    concepts = [{"code": code, "display": display} if display else {"code": code} for code, display in _codes(codes, place, folder).items()]
    return _marked(SYSTEMS[codes["system"]], concepts, codes["mark"], sources, origin=codes["from"])


def _codes(codes: Mapping[str, Any], place: str, folder: Path) -> dict[str, str]:
    """The displays by code; an empty display is left out."""
    if "patterns" in codes:
        longest = int(codes.get("named-up-to", "99"))
        found = icd.expanded(codes["patterns"], codes.get("without", ()), place=place)
        return {code: text if len(code) <= longest else "" for code, text in found.items()}
    if "file" in codes:
        return _products(documents.read(folder / "valuesets" / codes["file"], folder), codes["file"])
    return dict(codes["list"])


def _products(text: str, file: str) -> dict[str, str]:
    """One `code display` a line, each code once."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        code, _, display = line.partition(" ")
        if not code.isdecimal() or not display or code in found:
            raise ContentError("Not a code that is new here, a space and a name. Write it so.", expression=f"valuesets/{file}:{number}")
        found[code] = display
    return found


def _compose(entry: Mapping[str, Any], includes: list[Include], sources: Document, place: str) -> dict[str, Any]:
    base = sources.value["base"]
    parts: dict[str, Any] = {"include": [*includes]}
    if names := entry.get("ingredients"):
        parts["include"].append(_marked(base + valuesets.INGREDIENT_NAMES, _words(names), "certain", sources, origin="notes"))
    if form := entry.get("not-beside"):
        if form not in sources.value["product-forms"]:
            raise ContentError(f"The list {form} is not one of product-forms. Add it there.", expression=place)
        words = _words(sources.value["product-forms"][form])
        parts["exclude"] = [_marked(base + valuesets.PRODUCT_FORMS, words, "certain", sources, origin="notes")]
    return parts if parts["include"] else {}


def _words(words: list[str]) -> list[Concept]:
    return [{"code": word, "display": word} for word in words]


def _marked(system: str, concepts: list[Concept], mark: str, sources: Document, *, origin: str) -> Include:
    base, said = sources.value["base"], sources.value["origins"][origin]
    return {
        "extension": [{"url": base + VERIFICATION, "valueCode": mark}, {"url": base + ORIGIN, "valueString": said}],
        "system": system,
        "concept": concepts,
    }


def _expansion(url: str, includes: list[Include], common: Mapping[str, Any]) -> dict[str, Any]:
    contained = [{"system": include["system"]} | concept for include in includes for concept in include["concept"]]
    head = {"identifier": _identifier(f"{url}|{common['version']}"), "timestamp": f"{common['date']}T00:00:00Z", "total": len(contained)}
    return head | ({"contains": contained} if contained else {})


def _identifier(canonical: str) -> str:
    """The name-based UUID of a canonical URL (RFC 9562, 5.5)."""
    digest = bytearray(hashlib.sha1(URL_NAMESPACE + canonical.encode(), usedforsecurity=False).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _text(value: Any, indent: str = "") -> str:
    """JSON with a line a member, and a line for each plain object of a list."""
    inner = indent + "  "
    if isinstance(value, dict):
        members = (f"{inner}{json.dumps(name)}: {_text(member, inner)}" for name, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + (_line(one) if _plain(one) else _text(one, inner)) for one in value) + f"\n{indent}]"
    return _line(value)


def _plain(value: Any) -> bool:
    return not isinstance(value, dict) or not any(isinstance(member, dict | list) for member in value.values())


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
