"""Release folders with keyed texts and with a pseudo-locale: a language in which no letter is an ASCII letter.

A word in ASCII letters on a card in that language did not come from the texts of the release.
"""

import json
import re
import string
from pathlib import Path
from typing import Any

from cds.foundation import yaml
from cds.releases import documents, loading, placing, texts

PSEUDO = "en-XA"
MARKED = str.maketrans(string.ascii_lowercase + string.ascii_uppercase, "áƀćđéƒǵĥíĵķĺɱńóṕɋŕśţúṽŵẋýźÁƁĆĐÉƑǴĤÍĴĶĹṀŃÓṔɊŔŚŢÚṼŴẊÝŹ")
PLACE = re.compile(r"(\{[a-z-]+\})")


def marked(text: str) -> str:
    """The text between « and », each letter with a mark; its places stay."""
    return "«" + "".join(part if PLACE.fullmatch(part) else part.translate(MARKED) for part in PLACE.split(text)) + "»"


def all_marked(said: Any) -> Any:
    """The same of every text of a catalogue."""
    return marked(said) if isinstance(said, str) else {name: all_marked(part) for name, part in said.items()}


def add_pseudo(folder: Path) -> None:
    """Writes the pseudo-locale beside the English texts of a release folder."""
    catalogue = texts.catalogue(documents.authored(folder), loading.form(folder))
    write(folder, PSEUDO, all_marked(catalogue))


def write(folder: Path, language: str, said: Any) -> None:
    """Writes a file of texts; JSON is YAML."""
    (folder / documents.TEXTS).mkdir(exist_ok=True)
    (folder / documents.TEXTS / f"{language}.yaml").write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")


def read(folder: Path, language: str = documents.ENGLISH) -> Any:
    """The texts of a language as they stand."""
    return yaml.parse((folder / documents.TEXTS / f"{language}.yaml").read_text(encoding="utf-8"), name=language).value


def key(folder: Path) -> None:
    """Takes the texts of an old cards.yaml and facts.yaml out into texts/en.yaml, and leaves keys."""
    cards = yaml.parse((folder / "cards.yaml").read_text(encoding="utf-8"), name="cards.yaml").value
    said = {part: cards.pop(part) for part in placing.WHOLE if part in cards}
    said |= {"service": {name: cards["service"].pop(name) for name in ("title", "description", "usage", "product")}}
    said |= {"reason": cards["reason"].pop("display")}
    said |= {"override-reasons": {entry["code"]: entry.pop("display") for entry in cards["override-reasons"]}}
    said |= {"recommendations": {entry["code"]: entry.pop("meaning") for entry in cards["recommendations"]}}
    said |= {"topics": {name: entry.pop("display") for name, entry in cards["topics"].items()}}
    said |= {"clusters": dict(_moved(cards["clusters"], "label", "name"))}
    said |= {"summaries": dict(_moved([one for card in cards["cards"] for one in card["summaries"]], "say", "say"))}
    said |= {"headings": dict(_moved([one for card in cards["cards"] for one in card["sections"]], "heading", "heading"))}
    facts = yaml.parse((folder / "facts.yaml").read_text(encoding="utf-8"), name="facts.yaml").value
    said |= {"facts": {entry["name"]: {part: entry.pop(part) for part in ("label", "denied") if part in entry} for entry in facts["facts"]}}
    write(folder, documents.ENGLISH, said)
    for name, value in (("cards", cards), ("facts", facts)):
        (folder / f"{name}.yaml").write_text(json.dumps(value, indent=1), encoding="utf-8")


def _moved(entries: list[dict[str, Any]], member: str, name: str) -> list[tuple[str, str]]:
    """A key for the text of each entry, put in its place; equal texts have one."""
    found: dict[str, str] = {}
    for entry in entries:
        text = entry.pop(member)
        entry[name] = found.setdefault(text, f"text-{len(found)}")
    return [(given, text) for text, given in found.items()]
