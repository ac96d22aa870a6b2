"""The parameters that verifiers have are found without reading all users."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

PARAMETERS = "(CASE WHEN length(verifier) > 82 THEN substr(verifier, 16, length(verifier) - 82) END)"


def upgrade() -> None:
    """Adds the index; it is made from what lies there."""
    op.create_index("ix_users_verifier_parameters", "users", [sa.text(PARAMETERS)], unique=False)
