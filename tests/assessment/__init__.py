"""Tests of cds.assessment."""
