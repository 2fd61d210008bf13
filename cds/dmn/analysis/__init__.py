"""Proofs about tables and graphs, over every input with unknown as a value. Pure; each finding carries an input that shows it."""
