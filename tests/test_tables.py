"""What holds for every table."""

from sqlalchemy import UniqueConstraint

from store import tables
from store.columns import metadata


def test_every_table_has_its_name_here() -> None:
    """`from store.tables import …` gives each of them."""
    assert set(tables.__all__) == set(metadata.tables)
    assert all(getattr(tables, name) is metadata.tables[name] for name in tables.__all__)


def test_every_foreign_key_leads_an_index() -> None:
    """To delete a user or a system touches its own rows only."""
    for table in metadata.sorted_tables:
        unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
        leading = {next(iter(each.columns)).name for each in unique}
        leading |= {column.name for each in table.indexes for column in list(each.columns)[:1]}
        assert {key.parent.name for key in table.foreign_keys} <= leading, table.name
