"""A folder that takes mails as files."""

from __future__ import annotations

import asyncio
import resource
import stat
import subprocess
import sys
import threading
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from delivery.faults import PassingFault
from delivery.mailbox import DirectoryMailbox
from delivery.messages import Message


def _message(text: str = "Hello\n") -> Message:
    return Message(
        sender="no-reply@example.org",
        receiver="mary@example.org",
        needs_smtputf8=False,
        head='To: mary@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_e1"\n',
        boundary="=_e1",
        parts=(("text/plain", text),),
    )


def _text(file: Path) -> str:
    (part,) = message_from_bytes(file.read_bytes(), policy=policy.default).iter_parts()
    text: str = part.get_content()
    return text


def _send(folder: Path, text: str = "Hello\n", effect_id: str = "e1") -> None:
    asyncio.run(DirectoryMailbox(folder).send(_message(text), effect_id))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_mail_is_one_file_named_by_its_effect(tmp_path: Path) -> None:
    """The file parses back to the message, nothing else lies beside it, and only the owner may read it."""
    folder = tmp_path / "var" / "mail"
    _send(folder)
    (file,) = folder.iterdir()
    assert file.name == "e1.eml"
    assert _text(file) == "Hello\n"
    assert (_mode(folder), _mode(file)) == (0o700, 0o600)


def test_a_repeat_replaces_the_same_file(tmp_path: Path) -> None:
    """Two tries of one effect are one file, with the later content; another effect has its own."""
    _send(tmp_path, "first")
    _send(tmp_path, "second")
    _send(tmp_path, "other", "e2")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["e1.eml", "e2.eml"]
    assert b"second" in (tmp_path / "e1.eml").read_bytes()


def test_what_a_crash_left_is_written_over(tmp_path: Path) -> None:
    """A half file of a try that was killed is gone after the next try.

    Planted: a random temporary name for each try; seen to fail.
    """
    (tmp_path / ".e1.tmp").write_bytes(b"half a mail, longer than the whole one " * 100)
    _send(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["e1.eml"]
    assert b"half" not in (tmp_path / "e1.eml").read_bytes()


@pytest.mark.parametrize("effect_id", ["", "../e1", "e1/../e2", "E1", "e1\n", "é", "e" * 65, ".", "e1\0"])
def test_an_id_that_could_be_a_path_is_a_defect(tmp_path: Path, effect_id: str) -> None:
    """Only small letters and digits become a file's name; anything else raises before the disk is touched."""
    with pytest.raises(ValueError, match="effect's id"):
        _send(tmp_path / "mail", effect_id=effect_id)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_passing_fault_and_leaves_nothing(tmp_path: Path) -> None:
    """A write that the system cuts short leaves neither file nor half a file; the next try works.

    The limit on a file's size stands for the full disk: both make the same call fail half-way.
    Planted: the clean-up removed; seen to fail.
    """
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, old[1]))
    try:
        with pytest.raises(PassingFault, match=r"mailbox folder: File too large\."):
            _send(tmp_path / "mail", "x\n" * 50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert list((tmp_path / "mail").iterdir()) == []
    _send(tmp_path / "mail")
    assert (tmp_path / "mail" / "e1.eml").exists()


@pytest.mark.parametrize("folder", ["/proc", "/proc/rekey", "/dev/null/mail", "/dev/null"])
def test_a_folder_that_takes_no_file_is_a_passing_fault(folder: str) -> None:
    """A read-only or impossible folder is said in words, so that an operator can mend it."""
    with pytest.raises(PassingFault, match=r"^The mail could not be written to the mailbox folder: .+\.$"):
        _send(Path(folder))


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where the last step fails, the temporary file goes too. Planted: the clean-up removed; seen to fail."""
    (tmp_path / "e1.eml").mkdir()
    with pytest.raises(PassingFault, match="directory"):
        _send(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["e1.eml"]


def test_a_link_laid_in_the_way_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link under the temporary name never leads the write elsewhere."""
    outside = tmp_path / "outside"
    outside.write_text("untouched", encoding="ascii")
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / ".e1.tmp").symlink_to(outside)
    with pytest.raises(PassingFault):
        _send(folder)
    assert outside.read_text(encoding="ascii") == "untouched"
    _send(folder)
    assert [entry.name for entry in folder.iterdir()] == ["e1.eml"]


def test_writers_of_one_effect_never_mix(tmp_path: Path) -> None:
    """Eight writers of one effect at once: each succeeds, and the file is one of theirs, whole.

    Planted: no lock on the folder; seen to fail.
    """
    texts = [f"{number}\n" * 20_000 for number in range(8)]

    async def race() -> None:
        await asyncio.gather(*(DirectoryMailbox(tmp_path).send(_message(text), "e1") for text in texts))

    asyncio.run(race())
    (file,) = tmp_path.iterdir()
    assert _text(file) in texts


_ENDLESS = """
import asyncio, sys
from pathlib import Path
from delivery.mailbox import DirectoryMailbox
from delivery.messages import Message
text = (("text/plain", "x\\n" * 200_000),)
message = Message("a@example.org", "b@example.org", False, "", "=_e1", text)
async def write():
    mailbox = DirectoryMailbox(Path(sys.argv[1]))
    while True:
        await mailbox.send(message, "e1")
        print("written", flush=True)
asyncio.run(write())
"""


def test_a_killed_writer_leaves_a_whole_mail(tmp_path: Path) -> None:
    """Killed while it writes over a mail, a process leaves the mail whole; the next try leaves one file."""
    command = [sys.executable, "-c", _ENDLESS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.kill()
    assert (tmp_path / "e1.eml").read_bytes().count(b"x\n") == 200_000
    _send(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["e1.eml"]


def test_the_event_loop_runs_on_while_a_mail_is_written(tmp_path: Path) -> None:
    """Another thread than the loop's writes the file. Planted: the write called in place; seen to fail."""

    async def meanwhile() -> set[str]:
        sending = asyncio.create_task(DirectoryMailbox(tmp_path).send(_message("x\n" * 200_000), "e1"))
        seen: set[str] = set()
        while not sending.done():
            seen |= {thread.name for thread in threading.enumerate()}
            await asyncio.sleep(0)
        await sending
        return seen

    assert "rekey-mailbox-0" in asyncio.run(meanwhile())
