"""Tests of cds.foundation."""
