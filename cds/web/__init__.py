"""HTTP: routes, statuses, headers, pages, logs and the server. The only room that knows Flask and granian.

Asks `cds.service` for every answer and decides nothing itself. May import `cds.service`, `cds.foundation` and,
for errors as FHIR has them, `cds.fhir.outcomes`; only `cds.cli` imports it.
"""
