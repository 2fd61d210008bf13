"""The checks of `cds try --check`, against services that are not ours."""
