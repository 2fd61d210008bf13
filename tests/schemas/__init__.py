"""The JSON Schemas of what is authored and stored."""
