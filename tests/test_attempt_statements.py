"""store/attempt_statements.py."""

from store.attempt_statements import FREE, FREE_OR_WAITED, WAITED, counting, waiting


def test_each_statement_is_built_once() -> None:
    """Building one takes longer than running it."""
    for dialect in ("sqlite", "postgresql"):
        for opening in (None, FREE, WAITED, FREE_OR_WAITED):
            assert counting(dialect, opening) is counting(dialect, opening)
    assert waiting(2) is waiting(2)
    assert waiting(1) is not waiting(2)
