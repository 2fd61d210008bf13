"""Readers and writers of the model's types, one module a format."""
