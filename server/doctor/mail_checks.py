"""Mail: as far as a login, and no mail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.faults import ChannelDown
from delivery.smtp_connection import SmtpConnection
from delivery.smtp_limits import SmtpLimits
from delivery.smtp_opening import open_smtp
from delivery.smtp_url import BadMailUrl, read_smtp_url
from delivery.templates import BadTemplate, load_templates
from server.doctor.finding import Area
from server.settings_urls import url_scheme

if TYPE_CHECKING:
    from delivery.smtp_url import SmtpServer
    from server.doctor.finding import Finding
    from server.settings import Settings

MAIL = Area("mail")
LIMITS = SmtpLimits()


async def look_at_mail(settings: Settings, limits: SmtpLimits = LIMITS) -> list[Finding]:
    """The mail server or the folder, and the letters' templates."""
    findings = []
    try:
        load_templates(settings.data_dir / "templates")
    except BadTemplate as fault:
        findings.append(MAIL.fail(str(fault), "Mend the template, or take it away; docs/deliveries.md."))
    url = settings.mail_url.reveal()
    if url_scheme(settings.mail_url) == "dir":
        return [*findings, _folder(Path(url.partition(":")[2]))]
    try:
        server = read_smtp_url(url)
    except BadMailUrl as fault:
        return [*findings, MAIL.fail(f"REKEY_MAIL_URL: {fault}", "Write it as docs/settings.md says.")]
    return [*findings, *await _server(server, limits)]


async def _server(server: SmtpServer, limits: SmtpLimits) -> list[Finding]:
    where = f"{server.host}:{server.port}"
    try:
        await SmtpConnection(await open_smtp(server, limits), limits).leave()
    except ChannelDown as fault:
        return [MAIL.fail(f"{where}: {fault.reason}", "Until it works, mails wait in the outbox.")]
    if server.tls is None:
        advice = "Write starttls=required, or smtps://."
        return [MAIL.warn(f"{where} takes mails over a connection that anybody can read.", advice)]
    login = "without a login" if server.user is None else "and takes the login"
    return [MAIL.ok(f"{where} answers, is encrypted with a trusted certificate, {login}.")]


def _folder(folder: Path) -> Finding:
    # What is not there yet is made with the first mail, below the first folder that is.
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return MAIL.fail(
            f"No mail can be written into {folder}.", "Make it a folder that Rekey's user may write."
        )
    advice = "Set REKEY_MAIL_URL to a mail server for mails that arrive."
    return MAIL.warn(f"Mails are files in {folder}, and reach nobody.", advice)
