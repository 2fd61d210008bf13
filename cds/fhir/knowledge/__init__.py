"""A release as FHIR R4 knowledge artifacts: PlanDefinitions, a Library, the Questionnaire, ValueSets and CodeSystems.

Pure: a `Publication` goes in, plain resources come out. `cds.service` puts the publication together and knows where it came from.
Metadata are those of CRMI (Canonical Resource Management Infrastructure); what FHIR has no element for are extensions of our own base.
"""
