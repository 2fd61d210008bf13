"""The page of the columns says what the columns are."""

from cds.population import parquet
from tests.docs import audit_columns


def test_the_page_is_what_the_columns_say() -> None:
    assert audit_columns.PAGE.read_text(encoding="utf-8") == audit_columns.page(), "python -m tests.docs.audit_columns"


def test_every_kind_of_column_has_a_name_for_readers() -> None:
    assert set(audit_columns.KINDS) == set(parquet.TYPES)
