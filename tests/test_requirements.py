"""Tests of what tests need."""

import pytest

from tests.requirements import require


def test_nothing_missing_goes_on() -> None:
    """A test whose requirements are there runs."""
    require(None, {"TEST_ALL": "1"})


@pytest.mark.parametrize("environment", [{}, {"TEST_ALL": "0"}])
def test_a_missing_program_skips(environment: dict[str, str]) -> None:
    """A test whose requirements are missing is skipped with the reason."""
    with pytest.raises(pytest.skip.Exception, match="no chromium"):
        require("no chromium", environment)


def test_a_missing_program_fails_where_all_must_run() -> None:
    """With TEST_ALL=1 a missing requirement fails the test, with the reason."""
    with pytest.raises(pytest.fail.Exception, match="no chromium"):
        require("no chromium", {"TEST_ALL": "1"})
