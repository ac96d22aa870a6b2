"""The mail channel, chosen by its URL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from delivery import faults, mail
from delivery.mail import BadMailUrl, open_mail
from delivery.smtp import SmtpMail
from tests.smtp_mails import letter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", ["mail", "with blanks/and %41#?"])
def test_dir_opens_the_folder_that_it_names(tmp_path: Path, folder: str) -> None:
    """What stands after `dir:` is a path as it is, and nothing is made before the first mail."""
    channel = open_mail(f"dir:{tmp_path}/{folder}")
    assert not (tmp_path / folder).exists()
    message = letter()
    asyncio.run(channel.send(message, "e1"))
    asyncio.run(channel.close())
    assert (tmp_path / folder / "e1.eml").read_bytes() == message.octets()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("smtp://user:hunter2@localhost:587?tls=no", "must be dir:path, smtp:"),
        ("smtps://user:hunter2@", "must be dir:path, smtp:"),
        ("imap://user:hunter2@localhost", "must be dir:"),
        ("dir:", "must be dir:"),
        ("dir:a\0b", "must be dir:"),
        ("", "must be dir:"),
        ("/var/mail", "must be dir:"),
    ],
)
def test_another_url_is_refused_in_one_line(url: str, complaint: str) -> None:
    """A channel that does not exist stops the start; the line does not show the URL's password."""
    with pytest.raises(BadMailUrl, match=complaint) as caught:
        open_mail(url)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["smtp://user:hunter2@localhost:587", "smtps://localhost"])
def test_a_server_is_not_asked_before_the_first_mail(url: str) -> None:
    """Opening the channel makes no connection; closing it unused is nothing."""
    channel = open_mail(url)
    assert isinstance(channel, SmtpMail)
    asyncio.run(channel.close())


def test_the_faults_of_mail_are_those_of_delivery() -> None:
    """Who handles mail finds the faults beside the channel."""
    assert mail.ChannelDown is faults.ChannelDown
    assert mail.PassingFault is faults.PassingFault
    assert mail.PermanentFault is faults.PermanentFault
