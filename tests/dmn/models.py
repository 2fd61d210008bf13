"""Small models written as YAML, for the tests of this folder."""

from cds.dmn.formats import yaml as tables
from cds.dmn.model import DecisionModel
from cds.facts import FactDefinition
from cds.foundation.yaml import Document, parse

FACTS = {
    "trend": FactDefinition("trend", "string", ("better", "same", "worse")),
    "pain": FactDefinition("pain", "integer"),
    "signs": FactDefinition("signs", "list of string", ("cough", "sit")),
}
TYPES = """
types:
  urgency: {type: string, allowed: [none, routine, urgent]}
  rank: {type: integer}
  sure: {type: string, allowed: [low, high], unknown: never}
"""
SOURCE = "because: A reason that is long enough., evidence: [], claims: [], origin: expert"


def rule(identifier: str, when: str, then: str) -> str:
    """One rule in flow form."""
    return f"  - {{id: {identifier}, when: {when}, then: {then}, {SOURCE}}}\n"


def table(name: str, policy: str, outputs: str, *rules: str, inputs: str = "trend, pain, signs") -> Document:
    """A table document named as its file would be."""
    head = f"decision: {name}\nhit policy: {policy}\ninputs: [{inputs}]\noutputs: [{outputs}]\nrules:\n"
    return parse(head + "".join(rules), name=f"decisions/{name}.yaml")


def model(*documents: Document, wiring: str = "") -> DecisionModel:
    """The model of these tables, with `wiring` as further entries of `decisions`."""
    listed = "".join(f"  - {document.value['decision']}\n" for document in documents)
    text = f"model: trial\n{TYPES}\ndecisions:\n{listed}{wiring}"
    by_name = {document.value["decision"]: document for document in documents}
    return tables.read_model(parse(text, name="decisions/model.yaml"), by_name, FACTS)
