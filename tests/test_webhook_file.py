"""The file that lists where webhooks go."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING

import pytest

from delivery.webhook_events import PUBLISHED
from delivery.webhook_file import BadWebhooks, read_webhooks
from tests.certificates import make_certificates
from tests.webhook_receiver import OLDER_SECRET, SECRET

if TYPE_CHECKING:
    from pathlib import Path

NEW, OLD = SECRET.reveal(), OLDER_SECRET.reveal()
PLAIN = f'url = "https://hooks.example.org/"\nsecrets = ["{NEW}"]\n'
SHORT = "whsec_" + base64.b64encode(b"hunter2").decode()


def _file(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "webhooks.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def _table(*lines: str) -> str:
    return "\n".join(("[endpoints.crm]", *lines, ""))


def test_a_file_lists_endpoints_in_its_order(tmp_path: Path) -> None:
    """Each table is an endpoint; what is left out has its safe or widest value."""
    crm = _table(
        'url = "https://crm.example.org:8443/hooks?a=b"',
        f'secrets = ["{NEW}", "{OLD}"]',
        'events = ["session.revoked", "password.changed"]',
        "allow_private = true",
    )
    other = PLAIN.replace(NEW, "whsec_" + "QkNE" * 8)
    first, second = read_webhooks(_file(tmp_path, f"{crm}[endpoints.a-1_b]\n{other}"))
    assert (first.name, str(first.url)) == ("crm", "https://crm.example.org:8443/hooks?a=b")
    assert first.secrets == (SECRET, OLDER_SECRET)
    assert first.events == {"session.revoked", "password.changed"}
    assert first.allow_private
    assert (second.name, second.events, second.allow_private) == ("a-1_b", PUBLISHED, False)
    assert second.tls.verify_mode is ssl.CERT_REQUIRED
    assert second.tls.check_hostname
    assert second.tls.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_an_authority_of_ones_own_is_the_only_one_trusted(tmp_path: Path) -> None:
    """`ca` is a file beside this one, or an absolute path; no other authority is trusted then."""
    ca = make_certificates(tmp_path).ca
    for name in (ca.name, str(ca)):
        (endpoint,) = read_webhooks(_file(tmp_path, _table(PLAIN, f'ca = "{name}"')))
        (trusted,) = endpoint.tls.get_ca_certs()
        assert "Tests of Rekey" in str(trusted["subject"])


def test_who_may_read_the_file(tmp_path: Path) -> None:
    """Its owner, and its group without writing; anybody else stops the start. Planted: mode not looked at."""
    for mode in (0o600, 0o400, 0o640):
        assert read_webhooks(_file(tmp_path, _table(PLAIN), mode))
    for mode in (0o604, 0o644, 0o660, 0o602, 0o601):
        with pytest.raises(BadWebhooks, match="chmod 600"):
            read_webhooks(_file(tmp_path, _table(PLAIN), mode))


REFUSED = [
    ("", "at least one"),
    ("[endpoints]", "at least one"),
    ("endpoints = 1", "at least one"),
    (f"hunter2 = 1\n[endpoints.crm]\n{PLAIN}", "tables named"),
    ('[endpoints."Crm"]\n', "an endpoint's name"),
    ('[endpoints."-crm"]\n', "an endpoint's name"),
    ('[endpoints."crm.eu"]\n', "an endpoint's name"),
    ('[endpoints.""]\n', "an endpoint's name"),
    (f"[endpoints.{'a' * 33}]\n", "an endpoint's name"),
    ('endpoints.crm = "hunter2"', "a key that there is not"),
    (_table(PLAIN, "hunter2 = 1"), "a key that there is not; there are url, secrets, events"),
    (_table(f'secrets = ["{NEW}"]'), "url must be a text"),
    (_table("url = 1"), "url must be a text"),
    (_table('url = ""'), "url must be a text"),
    (_table('url = "http://hooks.example.org/hunter2"'), "url must begin with https"),
    (_table('url = "https://mary:hunter2@example.org/"'), "neither a user"),
    (_table('url = "https://hooks.example.org/"'), "list 1 to 5"),
    (_table(PLAIN.replace(f'["{NEW}"]', "[]")), "list 1 to 5"),
    (_table(PLAIN.replace(f'["{NEW}"]', f'"{NEW}"')), "secrets must be a list"),
    (_table(PLAIN.replace(f'["{NEW}"]', "[1]")), "secrets must be a list"),
    (_table(PLAIN.replace(NEW, SHORT)), "24 to 64 bytes"),
    (_table(PLAIN.replace(NEW, NEW[6:])), "must be whsec_"),
    (_table(PLAIN.replace(f'"{NEW}"', ", ".join(f'"whsec_{c * 32}"' for c in "ABCDEF"))), "list 1 to 5"),
    (_table(PLAIN.replace(f'"{NEW}"', f'"{NEW}", "{NEW}"')), "a secret twice"),
    (f"[endpoints.a]\n{PLAIN}[endpoints.b]\n{PLAIN}", "a secret twice"),
    (_table(PLAIN, "events = []"), "events must list some of api_key.created, "),
    (_table(PLAIN, 'events = ["hunter2"]'), "events must list some of"),
    (_table(PLAIN, 'events = ["password.changed", "reset.requested"]'), "events must list some of"),
    (_table(PLAIN, 'events = "password.changed"'), "events must be a list"),
    (_table(PLAIN, "allow_private = 1"), "allow_private must be true"),
    (_table(PLAIN, 'ca = "nowhere.pem"'), "ca must name a file"),
    (_table(PLAIN, 'ca = "."'), "ca must name a file"),
    (_table(PLAIN, 'ca = "webhooks.toml"'), "ca must name a file"),
    (_table(PLAIN, r'ca = "a\u0000b"'), "ca must be a text"),
    (_table(PLAIN, "ca = true"), "ca must be a text"),
    (f"[endpoints.crm]\n{PLAIN}[endpoints.crm]\n", r"not TOML: look at line 4\."),
    (f'[endpoints.crm]\n{PLAIN}url = "hunter2"\n', r"not TOML: look at line 4\."),
    (f"[endpoints.crm]\nsecrets = [{NEW}]", r"not TOML: look at line 2\."),
    ("[endpoints.crm", "not TOML: look at its end"),
    (f"a = {'1' * 5_000}", "not TOML: look at its end"),
    (b"\xff\xfe", "not text"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_other_files_are_refused_in_one_line(tmp_path: Path, text: str | bytes, why: str) -> None:
    """The line says what is wrong and repeats nothing that may be a secret, nor does what it came from."""
    path = _file(tmp_path, text)
    with pytest.raises(BadWebhooks, match=why) as refused:
        read_webhooks(path)
    said = str(refused.value)
    assert str(path) in said
    assert "\n" not in said
    assert "hunter2" not in said
    assert "whsec_M" not in said
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """What cannot be read is refused with the system's reason."""
    with pytest.raises(BadWebhooks, match="cannot be read: No such file"):
        read_webhooks(tmp_path / "webhooks.toml")
