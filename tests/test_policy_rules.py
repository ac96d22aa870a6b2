"""credentials/policy_rules.py."""

from dataclasses import asdict

from credentials.policy_rules import PasswordPolicy, PolicyRule, Violation


def test_rules_have_their_public_names() -> None:
    """The rules are the eight that clients translate by."""
    names = "MIN_LENGTH MAX_LENGTH BLOCKLISTED CONTEXT REUSED TOO_GUESSABLE COMPOSITION UNSUPPORTED_CHARACTER"
    assert [rule.value for rule in PolicyRule] == names.split()


def test_defaults_are_nists() -> None:
    """15 characters, no composition rules, no expiry, a blocklist (NIST SP 800-63B-4 section 3.1.1.2)."""
    policy = PasswordPolicy()
    assert (policy.min_length, policy.max_length) == (15, 256)
    assert (policy.blocklist, policy.min_guessability) == (True, 3)
    assert (policy.history_size, policy.max_age_days) == (0, None)
    required = {name for name, value in asdict(policy).items() if name.startswith("require") and value}
    assert required == set()


def test_violation_needs_no_suggestion() -> None:
    """A violation whose message says what to do has no suggestion."""
    assert Violation(PolicyRule.REUSED, "Choose another one.").suggestion is None
