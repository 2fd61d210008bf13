"""A use case a module, from end to end. The only clock and the only maker of ids; raises meanings, knows no HTTP."""
