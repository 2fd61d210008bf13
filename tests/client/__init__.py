"""Our CDS client, and what it finds wrong with a service."""
