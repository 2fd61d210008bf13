"""Runs one table in another engine, in that engine's own environment: `python peers_child.py ENGINE < job.json > answer.json`.

The answer has what each input gave, a list of [rule id, outputs], and evaluations a CPU second; or `cannot`, with the reason.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from xml.sax import saxutils

Table = Mapping[str, Any]
Given = list[list[Any]]
Decide = Callable[[Any], Any]
Read = Callable[[Any], Given]
MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
IDENTIFIER = "rule"
UNMATCHED = "No rules matched"


def zen(table: Table) -> tuple[Decide, Read]:
    """GoRules zen-engine: its own decision table, compiled, with the trace on."""
    module = importlib.import_module("zen")
    policy = {"COLLECT": "collect", "FIRST": "first"}[table["policy"]]
    inputs = [{"id": f"c{at}", "name": name, "field": name} for at, name in enumerate(table["inputs"])]
    width = len(table["rows"][0]["outputs"])
    outputs = [{"id": f"o{at}", "name": f"o{at}", "field": f"o{at}"} for at in range(width + 1)]
    rules = []
    for number, row in enumerate(table["rows"]):
        cells = {f"c{at}": cell for at, cell in enumerate(row["cells"])}
        given = {f"o{at}": text for at, text in enumerate([json.dumps(row["id"]), *row["outputs"]])}
        rules.append({"_id": str(number), **cells, **given})
    content = {"hitPolicy": policy, "inputs": inputs, "outputs": outputs, "rules": rules}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [{"id": "a", "sourceId": "in", "targetId": "table"}, {"id": "b", "sourceId": "table", "targetId": "out"}]
    # Of the ways in, only evaluation by key from a static loader keeps what was compiled.
    engine = module.ZenEngine({"loader": {"type": "static", "content": {"table": {"nodes": nodes, "edges": edges}}}})
    options = {"trace": True}

    def read(answer: Any) -> Given:
        result = answer["result"]
        found = result if isinstance(result, list) else [result] if result else []
        return [[one["o0"], [one.get(f"o{at + 1}") for at in range(width)]] for one in found]

    return lambda sample: engine.evaluate("table", sample, options), read


def spiff(table: Table) -> tuple[Decide, Read]:
    """SpiffWorkflow: its decision engine with its own script engine; its UNIQUE takes the first rule that matches."""
    model = importlib.import_module("SpiffWorkflow.dmn.specs.model")
    engine = importlib.import_module("SpiffWorkflow.dmn.engine.DMNEngine")
    scripts = importlib.import_module("SpiffWorkflow.bpmn.script_engine").PythonScriptEngine()
    built = model.DecisionTable("table", "table", {"COLLECT": "COLLECT", "FIRST": "UNIQUE"}[table["policy"]])
    built.inputs = [model.Input(name, name, name, name, "") for name in table["inputs"]]
    built.outputs = [model.Output(f"o{at}", f"o{at}", f"o{at}", "") for at in range(len(table["rows"][0]["outputs"]) + 1)]
    for number, row in enumerate(table["rows"], start=1):
        rule = model.Rule(row["id"])
        rule.row_number = number
        rule.inputEntries = [_entry(model, column, cell) for column, cell in zip(built.inputs, row["cells"], strict=True)]
        rule.outputEntries = [_output(model, column, text) for column, text in zip(built.outputs, [repr(row["id"]), *row["outputs"]], strict=True)]
        built.rules.append(rule)
    decide = engine.DMNEngine(built)
    workflow = SimpleNamespace(script_engine=scripts)

    def read(answer: Any) -> Given:
        columns = [value if isinstance(value, list) else [value] for value in _columns(answer, table["policy"])]
        return [[first, list(others)] for first, *others in zip(*columns, strict=True)]

    return lambda sample: decide.result(SimpleNamespace(data=sample, workflow=workflow)), read


def _entry(model: Any, column: Any, cell: str) -> Any:
    entry = model.InputEntry(column.id, column)
    entry.lhs = [cell or None]
    return entry


def _output(model: Any, column: Any, text: str) -> Any:
    entry = model.OutputEntry(column.id, column)
    entry.text = text
    return entry


def _columns(answer: Mapping[str, Any], policy: str) -> list[Any]:
    values = [answer[name] for name in sorted(answer, key=lambda name: int(name[1:]))]
    return values if policy == "COLLECT" else [[value] for value in values]


def pydmnrules(table: Table) -> tuple[Decide, Read]:
    """pyDMNrules, from DMN; it is asked for the rules alone."""
    engine = importlib.import_module("pyDMNrules").DMN()
    status = engine.useXML(_dmn(table))
    if "errors" in status:
        raise ValueError("its reader refuses the table")

    def decide(sample: Any) -> Any:
        status, answer = engine.decide(sample)
        if "errors" in status and not status["errors"][0].startswith(UNMATCHED):
            raise ValueError("it cannot read some cells, or gives an error for some inputs")
        return {} if "errors" in status else answer

    def read(answer: Any) -> Given:
        found = (answer[-1] if isinstance(answer, list) else answer).get("Result", {}).get(IDENTIFIER)
        rules = found if isinstance(found, list) else [] if found is None else [found]
        return [[rule, None] for rule in rules]

    return decide, read


def _dmn(table: Table) -> str:
    typed = list(zip(table["inputs"], table["types"], strict=True))
    parts = [f'<definitions xmlns="{MODEL}" id="d" name="d" namespace="d">']
    parts += [f'<inputData id="{name}" name="{name}"><variable id="v-{name}" name="{name}" typeRef="{kind}"/></inputData>' for name, kind in typed]
    parts += [f'<decision id="{IDENTIFIER}" name="{IDENTIFIER}"><variable id="v" name="{IDENTIFIER}" typeRef="string"/>']
    parts += [f'<informationRequirement id="r-{name}"><requiredInput href="#{name}"/></informationRequirement>' for name, _ in typed]
    parts += [f'<decisionTable id="t" hitPolicy="{table["policy"]}">']
    for name, kind in typed:
        parts.append(
            f'<input id="c-{name}" label="{name}"><inputExpression id="e-{name}" typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        )
    parts.append(f'<output id="o" label="{IDENTIFIER}" name="{IDENTIFIER}" typeRef="string"/>')
    for number, row in enumerate(table["rows"]):
        tests = [cell.replace("?", name) or "-" for name, cell in zip(table["inputs"], row["cells"], strict=True)]
        cells = "".join(f"<inputEntry><text>{saxutils.escape(test)}</text></inputEntry>" for test in tests)
        parts.append(f'<rule id="r{number}">{cells}<outputEntry><text>{saxutils.escape(json.dumps(row["id"]))}</text></outputEntry></rule>')
    return "".join((*parts, "</decisionTable></decision></definitions>"))


ENGINES: Mapping[str, Callable[[Table], tuple[Decide, Read]]] = {"zen-engine": zen, "SpiffWorkflow": spiff, "pyDMNrules": pydmnrules}


def rate(decide: Decide, samples: list[Any], seconds: float) -> float:
    """Evaluations a CPU second of this process, all its threads."""
    count, start = 0, time.process_time()
    while (used := time.process_time() - start) < seconds:
        for sample in samples:
            decide(sample)
        count += len(samples)
    return count / used


def main() -> None:
    """Reads the job and writes the answer."""
    job = json.load(sys.stdin)
    decide, read = ENGINES[sys.argv[1]](job["table"])
    results = [read(decide(sample)) for sample in job["samples"]]
    json.dump({"results": results, "rate": rate(decide, job["samples"], job["seconds"])}, sys.stdout)


if __name__ == "__main__":
    main()
