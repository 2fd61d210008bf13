"""Conformance to DMN: the kit of the standard's community, and models of our own written from the standard's text; to CDS Hooks: `rows`."""
