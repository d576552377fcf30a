"""A link, or a rest, that lies where a file is first written: the file is written, and what the link leads to stays as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pyinfra_wsl.rollout.documents import Documents
from pyinfra_wsl.rollout.spool import Spool


def _told(folder: Path) -> None:
    Spool(folder).keep("s1.00000.ended.told", b"new\n")


def _result(folder: Path) -> None:
    assert Documents(folder, ["LT-1"]).put("LT-1", {"host": "LT-1", "outcome": "converged"}) == ""


_WRITTEN = [(_told, "s1.00000.ended.told.new", "s1.00000.ended.told"), (_result, ".LT-1.json.part", "LT-1.json")]


@pytest.mark.parametrize(("write", "part", "name"), _WRITTEN)
def test_a_link_in_the_place_of_a_part_is_not_followed(
    tmp_path: Path, write: Callable[[Path], None], part: str, name: str
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("of somebody else")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / part).symlink_to(theirs)
    write(folder)
    assert theirs.read_text() == "of somebody else"
    assert (folder / name).read_bytes()
    assert [one.name for one in folder.iterdir()] == [name]
    assert not (folder / name).is_symlink()


@pytest.mark.parametrize(("write", "part", "name"), _WRITTEN)
def test_what_a_killed_one_has_left_keeps_nothing_from_being_written(
    tmp_path: Path, write: Callable[[Path], None], part: str, name: str
) -> None:
    (tmp_path / part).write_bytes(b"x" * 10_000)
    write(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert b"xx" not in (tmp_path / name).read_bytes()
