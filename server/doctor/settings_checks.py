"""The settings, and the files that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.blocklists import open_policy
from server.channels import open_endpoints
from server.composition import refuse_what_is_not_there
from server.doctor.finding import Area
from server.settings_parsing import BadSettings
from server.settings_rules import broken_rules
from server.settings_table import MAIL_FROM, TRUSTED_PROXIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from server.doctor.finding import Finding
    from server.settings import Settings

SETTINGS = Area("settings")
WEBHOOKS = Area("webhooks")
CHANGE = "Change it in the environment or in .env; docs/settings.md has every setting."


def look_at_settings(settings: Settings, stated: Collection[str]) -> Iterator[Finding]:
    """Gives every rule that is broken, and what was left to a default that an operator should think of."""
    lines = [*broken_rules(settings, stated), *_refused(settings)]
    yield from (SETTINGS.fail(line, CHANGE) for line in lines)
    if not lines:
        yield SETTINGS.ok(f"{len(stated)} settings are stated, and they go together.")
    if not settings.production:
        advice = "Set REKEY_PRODUCTION=true to serve others; rekey doctor --production says what that needs."
        yield SETTINGS.warn("These settings are for development: Rekey serves this machine alone.", advice)
        yield from _left_to_defaults(stated)
    if not settings.relay:
        advice = "See that rekey relay runs somewhere, or nothing is told to anybody."
        yield SETTINGS.warn("REKEY_RELAY=false: rekey serve delivers nothing itself.", advice)


def look_at_webhooks(settings: Settings) -> Iterator[Finding]:
    """Reads the webhooks file; nobody is asked."""
    try:
        endpoints = open_endpoints(settings)
    except BadSettings as fault:
        yield WEBHOOKS.fail(str(fault), "Mend the file; docs/webhooks.md says how it is written.")
    else:
        yield WEBHOOKS.ok(f"{len(endpoints)} endpoints are told of what happens.")


def _left_to_defaults(stated: Collection[str]) -> Iterator[Finding]:
    # In production both stop the start.
    if TRUSTED_PROXIES.name not in stated:
        advice = "Set it to the networks of your reverse proxies, or to none where there is no proxy."
        message = "REKEY_TRUSTED_PROXIES is unsaid: behind a proxy all clients would look like one."
        yield SETTINGS.warn(message, advice)
    if MAIL_FROM.name not in stated:
        advice = "Set REKEY_MAIL_FROM to an address of your own."
        yield SETTINGS.warn("Mails name the default sender, to which nobody can answer.", advice)


def _refused(settings: Settings) -> Iterator[str]:
    checks: tuple[Callable[[Settings], object], ...] = (
        refuse_what_is_not_there,
        open_policy,
        _open_documents,
    )
    for check in checks:
        try:
            check(settings)
        except BadSettings as fault:
            yield str(fault)


def _open_documents(settings: Settings) -> None:
    if settings.trusted_documents is not None:
        from server.trusted_documents import open_trusted_documents  # noqa: PLC0415  a second, to build it

        open_trusted_documents(settings)
