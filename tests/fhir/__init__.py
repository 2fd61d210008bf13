"""FHIR in and out, against small fixtures of these tests and the released content."""
