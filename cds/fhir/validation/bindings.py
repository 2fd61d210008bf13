"""The codes of required bindings in FHIR R4 where the R4B models list none, only the first few, or some that bind nothing."""

from collections.abc import Mapping
from types import MappingProxyType

_TABLE = """
Age.comparator < <= >= >
AuditEvent.action C R U D E
AuditEvent.outcome 0 4 8 12
AuditEventAgentNetwork.type 1 2 3 4 5
Count.comparator < <= >= >
DetectedIssue.status registered preliminary final amended corrected cancelled entered-in-error unknown
DeviceUdiCarrier.entryType barcode rfid manual card self-reported unknown
DeviceUseStatement.status active completed entered-in-error intended stopped on-hold
DiagnosticReport.status registered partial preliminary final amended corrected appended cancelled entered-in-error unknown
Distance.comparator < <= >= >
Duration.comparator < <= >= >
Encounter.status planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown
EncounterStatusHistory.status planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown
Observation.status registered preliminary final amended corrected cancelled entered-in-error unknown
OperationOutcomeIssue.code invalid structure required value invariant security login unknown expired forbidden suppressed processing
OperationOutcomeIssue.code not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly
OperationOutcomeIssue.code business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational
Quantity.comparator < <= >= >
QuestionnaireItem.type group display boolean decimal integer date dateTime time string text url choice open-choice attachment
QuestionnaireItem.type reference quantity
RiskAssessment.status registered preliminary final amended corrected cancelled entered-in-error unknown
StructureMapGroupRuleTarget.transform create copy truncate escape cast append translate reference dateOp uuid pointer evaluate
StructureMapGroupRuleTarget.transform cc c qty id cp
SupplyRequest.status draft active suspended cancelled completed entered-in-error unknown
Task.status draft requested received accepted rejected ready cancelled in-progress on-hold failed completed entered-in-error
TimingRepeat.when MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE
TimingRepeat.when C CM CD CV AC ACM ACD ACV PC PCM PCD PCV
"""
_OPEN = frozenset({"CapabilityStatement.format", "Expression.language"})
"""Elements whose list of codes in the models is no required binding."""
_MORE = frozenset({"+", "etc."})
"""What the models end a list of codes with that goes on."""


def codes(kind: str, name: str, listed: frozenset[str]) -> frozenset[str]:
    """The codes that an element of that type may have, `listed` being those of the models; empty where any may stand."""
    element = f"{kind}.{name}"
    if element in _OPEN:
        return frozenset()
    return _CODES.get(element) or (frozenset() if listed & _MORE else listed)


def _read(table: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in table.strip().splitlines():
        element, *given = line.split()
        found[element] = found.get(element, frozenset()) | frozenset(given)
    return MappingProxyType(found)


_CODES = _read(_TABLE)
