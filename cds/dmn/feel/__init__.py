"""FEEL as decision tables need it: grammar, typed syntax tree, three-valued logic, exact decimals (DMN 1.5, clause 10)."""
