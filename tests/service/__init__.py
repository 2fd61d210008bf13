"""Tests of cds.service."""
