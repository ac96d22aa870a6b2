"""Refusals and how they are folded into problems."""

import math
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.model import IdentitySource
from credentials.policy import PolicyRule, Violation
from resolvers import outcomes
from resolvers.paging import BadArgument
from schema import problems
from schema.errors import Denial, Denied
from schema.interfaces import Problem, ProblemCode
from schema.outcomes import Refusal, fold
from schema.wording import WORDING, span, told

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FAULT = outcomes.FieldFault("location.latitude", "OUT_OF_RANGE", "latitude is from -90 to 90.", {"max": 90})
REFUSALS: list[Refusal] = [
    outcomes.InvalidInput([FAULT]),
    outcomes.PasswordRejected([Violation(PolicyRule.MIN_LENGTH, "Use 15 or more.", "Add a word.")]),
    outcomes.InvalidCredentials(),
    outcomes.PasswordExpired(NOW, is_temporary=False),
    outcomes.InvalidToken(),
    outcomes.ExternallyManaged(IdentitySource.SAML),
    outcomes.UserNotFound(),
    outcomes.SystemNotFound(),
    outcomes.NotFound(),
    outcomes.AlreadyExists("username"),
    outcomes.Conflict(),
    outcomes.TooManyAttempts(61.2),
    outcomes.Overloaded(0.01),
]


def test_every_refusal_is_tried_here() -> None:
    """The list above has one of each kind."""
    assert {type(refusal) for refusal in REFUSALS} == set(get_args(Refusal))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
def test_a_refusal_becomes_the_problem_of_its_name(refusal: Refusal) -> None:
    """It is no success, has its own code, whole sentences, and a wait only where waiting helps."""
    problem: Problem = fold(refusal)
    assert type(problem).__name__ == type(refusal).__name__
    assert problem.success is False
    assert problem.code.value.replace("_", "") == type(refusal).__name__.upper()
    for text in (problem.heading, problem.message):
        assert text.endswith(".")
        assert "{" not in text
    assert problem.meta == {}
    waits = isinstance(refusal, outcomes.TooManyAttempts | outcomes.Overloaded)
    assert (problem.retry_after_seconds is not None) == waits


def test_each_code_belongs_to_one_problem() -> None:
    """Codes and types are one to one, so that a client may go by either."""
    assert {wording.code for wording in WORDING.values()} == set(ProblemCode)
    assert len(WORDING) == len(ProblemCode)


def test_invalid_input_names_each_field() -> None:
    """Each fault is listed with its code and figures, and its message is in the problem's."""
    problem = fold(outcomes.InvalidInput([FAULT]))
    assert problem.message == "Nothing was changed. latitude is from -90 to 90."
    (field,) = problem.fields
    assert (field.field, field.code, field.meta) == ("location.latitude", "OUT_OF_RANGE", {"max": 90})


def test_a_rejected_password_names_its_rules_twice() -> None:
    """The rules are in `violations`, and in `fields` under the input field that held the password."""
    violation = Violation(PolicyRule.BLOCKLISTED, "This is common.", None)
    problem = fold(outcomes.PasswordRejected([violation], field="password"))
    assert [(one.rule, one.suggestion) for one in problem.violations] == [(PolicyRule.BLOCKLISTED, None)]
    assert [(one.field, one.code) for one in problem.fields] == [("password", "BLOCKLISTED")]


def test_a_taken_name_is_named() -> None:
    """The field whose value is taken is listed as not allowed."""
    (field,) = fold(outcomes.AlreadyExists("emailAddress")).fields
    assert (field.field, field.code) == ("emailAddress", "NOT_ALLOWED")


def test_an_expired_password_says_why() -> None:
    """Temporary and expired are told apart, and the way on is named."""
    temporary = fold(outcomes.PasswordExpired(None, is_temporary=True))
    expired = fold(outcomes.PasswordExpired(NOW, is_temporary=False))
    assert "is temporary" in temporary.message
    assert "has expired" in expired.message
    assert "changeExpiredPassword" in expired.message
    assert (expired.expired_at, temporary.is_temporary) == (NOW, True)


def test_the_keeper_of_an_external_password_is_named() -> None:
    """`managedBy` and the message say which kind of provider."""
    problem = fold(outcomes.ExternallyManaged(IdentitySource.LDAP))
    assert problem.managed_by is IdentitySource.LDAP
    assert "LDAP" in problem.message


def test_a_conflict_gives_its_reason() -> None:
    """The use case's reason is told where there is one."""
    problem = fold(outcomes.Conflict("The last administrator cannot be lost."))
    assert problem.message == "Nothing was changed. The last administrator cannot be lost."


def test_braces_in_a_reason_stay() -> None:
    """A reason is put into its place, never read as a template."""
    assert told(problems.Conflict, "{why} {0}").message == "Nothing was changed. {why} {0}"


@given(st.floats(min_value=0, max_value=10**6, allow_nan=False))
def test_a_wait_is_whole_seconds_never_too_short(seconds: float) -> None:
    """`retryAfterSeconds` is at least one and not less than the true wait.

    Planted: `round` for `ceil`; seen to fail.
    """
    whole = fold(outcomes.Overloaded(seconds)).retry_after_seconds
    assert whole
    assert whole >= max(1, seconds)
    assert whole == max(1, math.ceil(seconds))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second"), (60, "60 seconds"), (61, "2 minutes"), (3600, "60 minutes"), (3601, "2 hours")],
)
def test_a_wait_is_said_in_words(seconds: int, said: str) -> None:
    """The largest unit that does not understate it."""
    assert span(seconds) == said


DENIALS: list[tuple[Denial, str]] = [
    (outcomes.Unauthenticated(), "UNAUTHENTICATED"),
    (outcomes.Forbidden(), "FORBIDDEN"),
    (outcomes.ReauthenticationRequired(), "REAUTHENTICATION_REQUIRED"),
    (BadArgument("first", "first is a number from 1 to 200."), "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("denial", "code"), DENIALS, ids=lambda value: str(value)[:20])
def test_a_denial_is_raised(denial: Denial, code: str) -> None:
    """What is not a union member is an entry in `errors`, with its code and a sentence."""
    with pytest.raises(Denied) as raised:
        fold(denial)
    assert raised.value.extensions == {"code": code}
    assert raised.value.message.endswith(".")
