"""What every room stands on: errors, settings, schemas, canonical bytes, strict JSON and strict YAML.

Imports no other room; every room may import it.
"""
