"""CDS Hooks 3.0 on the wire: requests in, discovery entries and cards out.

Speaks the standard's names and hands over our own types. May import `cds.values`, `cds.facts` and `cds.foundation`;
never FHIR, Flask, files or the clock. Called by `cds.service`.
"""
