"""Each decision table as a PlanDefinition (eca-rule), and the whole release as one (workflow-definition) that names them in order."""

from collections.abc import Iterator

from cds.dmn.model import Decision, DecisionTable, HitPolicy, requirement
from cds.fhir.knowledge import actions, citations, metadata
from cds.fhir.knowledge.publication import Publication, Resource

KIND = "PlanDefinition"
TYPES = "http://terminology.hl7.org/CodeSystem/plan-definition-type"


def tables(published: Publication) -> Iterator[Resource]:
    """A PlanDefinition for each table, an action for each of its rules."""
    for decision, table in published.tables():
        yield _table(published, decision.name, table)


def whole(published: Publication) -> Resource:
    """The PlanDefinition of the release: an action for each table, each after those that it requires."""
    release = published.release
    head = metadata.artifact(
        published,
        KIND,
        release.name,
        title=release.cards.title,
        description=release.cards.description,
        purpose="Names the decision tables of one release in the order in which they are decided.",
    )
    related = citations.citations(published, release.references) + predecessor(published, release.name)
    steps = [_step(published, decision) for decision, _ in published.tables()]
    return head | _typed(published, "workflow-definition", "Workflow Definition") | _related(related) | {"action": steps}


def predecessor(published: Publication, name: str, kind: str = KIND) -> list[Resource]:
    """The same artifact of the release before, with the digest of that release."""
    before = published.predecessor
    if before is None:
        return []
    digest = published.extension("release-digest", valueString=before.digest)
    return [{"extension": [digest], "type": "predecessor", "label": before.version, "resource": f"{published.url(kind, name)}|{before.version}"}]


def _table(published: Publication, decision: str, table: DecisionTable) -> Resource:
    name = published.plan(decision)
    head = metadata.artifact(
        published,
        KIND,
        name,
        title=f"{published.release.cards.title}: {decision}",
        description=_description(table),
        purpose=f"The decision table {decision} of the release, for systems that read knowledge as FHIR.",
    )
    keys = [key for rule in table.rules for key in rule.source.evidence]
    before = published.predecessor
    chain = predecessor(published, name) if before and decision in before.tables else []
    policy = {"extension": [published.extension("hit-policy", valueString=table.hit_policy.value)]}
    rules = {"action": [actions.action(published, decision, table, rule) for rule in table.rules]}
    return head | policy | _typed(published, "eca-rule", "ECA Rule") | _related(citations.citations(published, keys) + chain) | rules


def _typed(published: Publication, code: str, display: str) -> Resource:
    library = published.canonical("Library", published.release.name)
    return {"type": {"coding": [{"system": TYPES, "code": code, "display": display}]}, "library": [library]}


def _related(related: list[Resource]) -> Resource:
    return {"relatedArtifact": related} if related else {}


def _description(table: DecisionTable) -> str:
    read, given = (", ".join(clause.name for clause in clauses) for clauses in (table.inputs, table.outputs))
    return f"Decides {given} from {read or 'nothing'}. {_policy(table.hit_policy)}"


def _policy(policy: HitPolicy) -> str:
    """Which actions count of those whose condition holds."""
    if policy.takes_first:
        told = "of the actions whose condition holds only the first counts"
    elif policy.takes_all:
        told = "every action whose condition holds counts"
    else:
        told = "see DMN 1.5, 8.2.8, for which of the actions whose condition holds count"
    return f"Hit policy {policy.value}: {told}."


def _step(published: Publication, decision: Decision) -> Resource:
    after = [{"actionId": name, "relationship": "after"} for name in _tables_before(published, decision)]
    return {
        "id": decision.name,
        "title": decision.name,
        "trigger": [{"type": "named-event", "name": published.release.cards.hook}],
        **({"relatedAction": after} if after else {}),
        "definitionCanonical": published.canonical(KIND, published.plan(decision.name)),
    }


def _tables_before(published: Publication, decision: Decision) -> list[str]:
    """The tables that it requires, itself or through expressions, in the order of the graph."""
    logic = {one.name: one for one in published.release.model.decisions}
    found: set[str] = set()
    waiting = [requirement(name) for name in decision.requires]
    while waiting:
        name = waiting.pop()
        if name in logic and name not in found:
            found.add(name)
            if not isinstance(logic[name].logic, DecisionTable):
                waiting += [requirement(one) for one in logic[name].requires]
    return [one.name for one, _ in published.tables() if one.name in found]
