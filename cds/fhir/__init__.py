"""FHIR R4 in and out: answers and record entries become facts, submissions are validated, proposals go out.

Reads plain dicts; only `cds.fhir.validation` imports fhir.resources, and only where a response is submitted.
May import `cds.values`, `cds.facts` and `cds.foundation`, and `knowledge` also `cds.dmn`; knows no other room. Inputs are never changed,
and no text made here holds a value that a patient or a caller typed.
"""
