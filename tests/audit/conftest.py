"""The fixtures of `stores`, for all tests of this folder."""

from tests.audit.servers import both, database, postgresql

__all__ = ["both", "database", "postgresql"]
