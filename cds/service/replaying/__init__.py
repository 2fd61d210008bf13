"""Recorded decisions made again: the facts as they were, the releases that are held, what differs, and many at a time."""
