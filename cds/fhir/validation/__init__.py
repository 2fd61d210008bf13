"""A QuestionnaireResponse against its Questionnaire (FHIR R4, SDC): each rule has a code, a severity by status, and the path of a breach."""
