"""An answer as FHIR: read back, it is the cards again."""
