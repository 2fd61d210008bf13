"""Tests of the knowledge as FHIR."""
