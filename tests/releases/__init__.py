"""Tests of cds.releases."""
