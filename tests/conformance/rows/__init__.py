"""A test for each row of CDS Hooks, named after its number; `docs/reference/conformance.md` is made from what they gave."""
