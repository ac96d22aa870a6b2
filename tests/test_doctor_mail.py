"""What the doctor says of mail: a real server, and every way in which it does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.doctor.mail_checks import look_at_mail
from tests.certificates import make_certificates
from tests.chat_servers import free_port
from tests.doctors import levels, settings_of
from tests.mail_servers import mail_server

if TYPE_CHECKING:
    from pathlib import Path

    from server.doctor.finding import Finding
    from tests.certificates import Certificates

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for all servers."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


async def look(url: str, folder: Path) -> list[Finding]:
    """What the doctor says of a mail URL."""
    return await look_at_mail(settings_of(REKEY_MAIL_URL=url, REKEY_DATA_DIR=str(folder)))


async def test_it_logs_in_and_sends_nothing(certificates: Certificates, tmp_path: Path) -> None:
    """A server that takes the login is well, and has had no mail. Planted: no QUIT; failed."""
    async with mail_server(certificates) as server:
        found = await look(server.url(), tmp_path)
        await server.until("QUIT")
    assert levels(found, "takes the login") == ["OK"]
    assert (server.logins, server.quits, server.received) == (1, 1, [])


async def test_a_wrong_password_fails(certificates: Certificates, tmp_path: Path) -> None:
    """The refusal is told, and the password is not shown. Planted: connected is enough; failed."""
    async with mail_server(certificates) as server:
        found = await look(server.url("hunter2"), tmp_path)
    assert levels(found, "refused the user or the password") == ["FAIL"]
    assert "hunter2" not in str(found)


async def test_an_untrusted_certificate_fails(certificates: Certificates, tmp_path: Path) -> None:
    """A certificate of an authority that is not named is not believed."""
    async with mail_server(certificates) as server:
        found = await look(server.url().partition("?")[0], tmp_path)
    assert levels(found, "certificate is not trusted") == ["FAIL"]


async def test_a_server_that_is_down_fails(tmp_path: Path) -> None:
    """Where nobody answers, that is said, and so is a URL whose authority cannot be read."""
    found = await look(f"smtp://127.0.0.1:{free_port()}", tmp_path)
    assert [each.level for each in found] == ["FAIL"]
    assert levels(found, "No connection to the mail server") == ["FAIL"]
    found = await look(f"smtp://127.0.0.1?ca={tmp_path}/none.pem", tmp_path)
    assert levels(found, "REKEY_MAIL_URL: ") == ["FAIL"]


async def test_without_tls_or_login_it_is_said(certificates: Certificates, tmp_path: Path) -> None:
    """What anybody can read is a warning; a server that asks for no login is not."""
    async with mail_server(certificates, login=False) as server:
        encrypted = await look(server.url(), tmp_path)
    assert levels(encrypted, "without a login") == ["OK"]
    async with mail_server(certificates, login=False, starttls=False) as server:
        found = await look(f"smtp://127.0.0.1:{server.port}?starttls=none", tmp_path)
    assert levels(found, "anybody can read") == ["WARN"]


async def test_a_folder_is_looked_at(tmp_path: Path) -> None:
    """A folder that can be made or written reaches nobody, a file in its place takes nothing."""
    assert levels(await look(f"dir:{tmp_path}/not/there/yet", tmp_path), "reach nobody") == ["WARN"]
    assert not (tmp_path / "not").exists()
    (tmp_path / "mail").touch()
    assert levels(await look(f"dir:{tmp_path}/mail", tmp_path), "No mail can be written") == ["FAIL"]


async def test_a_template_that_is_wrong_fails(tmp_path: Path) -> None:
    """A letter of the operator's own that lacks its placeholders is told before a reset is."""
    letter = tmp_path / "templates" / "en" / "password_changed.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("Hello $nobody")
    found = await look(f"dir:{tmp_path}/mail", tmp_path)
    assert [each.level for each in found] == ["FAIL", "WARN"]
