"""server/root_key.py and server/root_key_changes.py."""

import os
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from credentials.chance import Chance
from credentials.key_ring import KeyRing
from server.root_key import (
    check_owner,
    make_root_key,
    place_root_keys,
    prepare_data_dir,
    read_root_key,
)
from server.root_key_changes import RootKeyFile, alone_with, replace_root_keys
from server.settings import BadSettings

ANOTHER_USER = 65_500


def test_a_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    """A new key's file is its owner's alone, in a folder that is too, and gives the same ring when read."""
    path = tmp_path / "var" / "root.key"
    ring = make_root_key(path, Chance())
    assert read_root_key(path).ids == ring.ids
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["root.key"]


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    """Where a key is, making one is refused and the file stays as it is.

    Planted: os.replace for os.link; seen to fail.
    """
    path = tmp_path / "root.key"
    ring = make_root_key(path, Chance())
    with pytest.raises(FileExistsError):
        make_root_key(path, Chance())
    assert read_root_key(path).ids == ring.ids
    assert [each.name for each in tmp_path.iterdir()] == ["root.key"]


def test_of_several_makers_one_wins(tmp_path: Path) -> None:
    """Racing makers leave one whole key; every loser is told so."""
    path = tmp_path / "root.key"
    made: list[KeyRing] = []
    lost: list[FileExistsError] = []
    together = threading.Barrier(8)

    def make() -> None:
        together.wait()
        try:
            made.append(make_root_key(path, Chance()))
        except FileExistsError as error:
            lost.append(error)

    makers = [threading.Thread(target=make) for _ in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert (len(made), len(lost)) == (1, 7)
    assert read_root_key(path).ids == made[0].ids


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A mode with any right for group or others is refused with what to do."""
    path = tmp_path / "root.key"
    make_root_key(path, Chance())
    path.chmod(mode)
    with pytest.raises(BadSettings, match=rf"read by others \(mode {mode:o}\); run chmod 600"):
        read_root_key(path)


@pytest.mark.parametrize("content", [b"", b"hunter2\n", b"\xff\xfe"])
def test_a_damaged_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    """What is no key is refused in one line without its content."""
    path = tmp_path / "root.key"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(BadSettings, match="backup") as caught:
        read_root_key(path)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(BadSettings, match=r"root\.key cannot be read: No such file"):
        read_root_key(tmp_path / "root.key")


@pytest.mark.parametrize(("below", "reason"), [("", "File exists"), ("below", "Not a directory")])
def test_a_key_that_cannot_be_written_is_refused(tmp_path: Path, below: str, reason: str) -> None:
    """A file in the place of a folder is refused with the reason."""
    (tmp_path / "var").touch()
    with pytest.raises(BadSettings, match=rf"root\.key cannot be written: {reason}"):
        make_root_key(tmp_path / "var" / below / "root.key", Chance())


def test_the_data_directory_is_made_private(tmp_path: Path) -> None:
    """The folder is made with mode 0700, its missing parents too, and found again."""
    folder = tmp_path / "srv" / "rekey"
    for _ in range(2):
        prepare_data_dir(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_open_data_directory_is_refused(tmp_path: Path) -> None:
    """A folder that others may enter is refused, and not changed behind its owner's back."""
    tmp_path.chmod(0o750)
    with pytest.raises(BadSettings, match=r"open to others \(mode 750\); run chmod 700"):
        prepare_data_dir(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_a_file_in_the_place_of_the_data_directory_is_refused(tmp_path: Path) -> None:
    """What is no folder is refused, as itself and as a parent."""
    (tmp_path / "var").touch()
    with pytest.raises(BadSettings, match="cannot be made: File exists"):
        prepare_data_dir(tmp_path / "var")
    with pytest.raises(BadSettings, match="cannot be read: Not a directory"):
        prepare_data_dir(tmp_path / "var" / "below")


def test_another_users_data_directory_is_refused(tmp_path: Path) -> None:
    """Only the folder's owner runs Rekey on it, root included; one not made yet is anybody's."""
    check_owner(tmp_path)
    with pytest.raises(BadSettings, match=f"belongs to user {os.geteuid()}, and this is {ANOTHER_USER}"):
        check_owner(tmp_path, user=ANOTHER_USER)
    check_owner(tmp_path / "later", user=ANOTHER_USER)


def longer(ring: KeyRing) -> KeyRing:
    """A ring with a further key."""
    both = KeyRing.parse(ring.text().reveal())
    both.learn(KeyRing.parse(KeyRing.new_text(Chance())))
    return both


def enter(path: Path) -> None:
    """Is alone with a file for a moment."""
    with alone_with(path):
        assert path.parent.exists()


def test_keys_are_placed_and_replaced_whole(tmp_path: Path) -> None:
    """A ring is written where no file is, and replaced where one is; a draft left behind is no hindrance."""
    path = tmp_path / "root.key"
    ring = KeyRing.parse(KeyRing.new_text(Chance()))
    place_root_keys(path, ring, Chance())
    (tmp_path / ".root.key.new").write_text("left behind")
    replace_root_keys(path, longer(ring))
    assert read_root_key(path).ids[0] == ring.current_id
    assert len(read_root_key(path).ids) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["root.key"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_replaced_is_told(tmp_path: Path) -> None:
    """A folder that is gone is a line that names it, to whoever writes and whoever wants to be alone."""
    ring = KeyRing.parse(KeyRing.new_text(Chance()))
    path = tmp_path / "gone" / "root.key"
    with pytest.raises(BadSettings, match="cannot be written"):
        replace_root_keys(path, ring)
    with pytest.raises(BadSettings, match="cannot be opened"):
        enter(path)


def test_one_is_alone_with_the_file(tmp_path: Path) -> None:
    """A second who would change it is refused until the first has ended."""
    path = tmp_path / "root.key"
    with alone_with(path), pytest.raises(BadSettings, match="Another command"):
        enter(path)
    enter(path)


def test_a_running_process_follows_the_file(tmp_path: Path) -> None:
    """Keys that are added are learnt; a file that cannot be read is told and asked again.

    Planted: a file that could not be read counts as seen; seen to fail.
    """
    path = tmp_path / "root.key"
    ring = make_root_key(path, Chance())
    file = RootKeyFile(path, ring)
    file.look()
    replace_root_keys(path, longer(ring))
    path.chmod(0o644)
    with capture_logs() as lines:
        file.look()
        path.rename(tmp_path / "away")
        file.look()
    assert [line["event"] for line in lines] == ["keys.root_file_unreadable"] * 2
    assert len(ring.ids) == 1
    (tmp_path / "away").rename(path)
    path.chmod(0o600)
    for _ in range(2):
        file.look()
    assert len(ring.ids) == 2
    assert ring.current_id == ring.ids[0]
