"""The fixtures of `stores`, for all tests of this folder."""

from tests.audit.stores import both, database, postgresql

__all__ = ["both", "database", "postgresql"]
