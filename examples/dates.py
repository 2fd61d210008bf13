"""Moves the dates of an example, so that a request written for one instant asks the same question at another."""

from cds.client.redating import moved

__all__ = ["moved"]
