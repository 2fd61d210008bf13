"""The namespaces and fixed names of DMN XML (DMN 1.5, clauses 7, 12 and 13)."""

from collections.abc import Mapping
from types import MappingProxyType

MODEL_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "1.1": "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "1.2": "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "1.3": "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "1.4": "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "1.5": "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
"""The namespace of the model's elements, by version of the standard."""

DIAGRAM_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "1.3": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
        "1.5": "https://www.omg.org/spec/DMN/20230324/DMNDI/",
    }
)
"""The namespace of the diagram, for the versions that we write."""

DC = "http://www.omg.org/spec/DMN/20180521/DC/"
DI = "http://www.omg.org/spec/DMN/20180521/DI/"

EXTENSIONS = "https://back-pain-cds.example/dmn/extensions"
"""Our own namespace, for what the standard has no place for."""

BASES: Mapping[str, str] = MappingProxyType(
    {
        "Any": "Any",
        "string": "string",
        "number": "number",
        "boolean": "boolean",
        "date": "date",
        "time": "time",
        "date and time": "date and time",
        "dateTime": "date and time",
        "days and time duration": "days and time duration",
        "dayTimeDuration": "days and time duration",
        "years and months duration": "years and months duration",
        "yearMonthDuration": "years and months duration",
        "context": "context",
        "integer": "integer",
        "long": "integer",
        "double": "number",
    }
)
"""The built-in types by each spelling that files have for them; the last three are other programs' names for numbers."""

IGNORED = frozenset(
    {
        "description",
        "extensionElements",
        "import",
        "elementCollection",
        "performanceIndicator",
        "organizationUnit",
        "businessContextElement",
        "decisionService",
        "knowledgeSource",
        "textAnnotation",
        "association",
        "group",
    }
)
"""Elements of the standard beside the decisions that bear on no decision's value."""
