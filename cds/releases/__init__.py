"""What has been released: read, seal, verify, check and select. Imports `cds.values` and below; knows no FHIR, hooks or ledger."""
