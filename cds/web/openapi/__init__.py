"""The HTTP surface as an OpenAPI document: written by hand, and held by a test to be exactly what Flask serves."""
