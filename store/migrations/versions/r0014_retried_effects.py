"""When an operator last had an effect tried again: from then on it has its whole day once more."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds the column, empty: nothing was tried again."""
    op.add_column("effects", sa.Column("retried_at", sa.BigInteger()))
