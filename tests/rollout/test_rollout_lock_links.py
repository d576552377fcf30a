"""A link that somebody has put in the place of a lock: what it leads to is emptied by nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pyinfra_wsl.pull import lock
from pyinfra_wsl.rollout import hold

_Held = Callable[[Path, str], AbstractContextManager[None]]


@pytest.mark.parametrize(("held", "name"), [(hold.held, "rollout.db.lock"), (lock.held, "rollout.db")])
def test_a_link_in_the_place_of_a_lock_leads_to_no_file_that_is_emptied(tmp_path: Path, held: _Held, name: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("of somebody else")
    (tmp_path / name).symlink_to(theirs)
    with pytest.raises(OSError, match=name), held(tmp_path / "rollout.db", "me"):
        pass
    assert theirs.read_text() == "of somebody else"


@pytest.mark.parametrize(("held", "name"), [(hold.held, "rollout.db.lock"), (lock.held, "rollout.db")])
def test_a_link_in_the_place_of_a_lock_makes_no_file_elsewhere(tmp_path: Path, held: _Held, name: str) -> None:
    (tmp_path / name).symlink_to(tmp_path / "made")
    with pytest.raises(OSError, match=name), held(tmp_path / "rollout.db", "me"):
        pass
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("held", [hold.held, lock.held])
def test_a_folder_may_be_a_link(tmp_path: Path, held: _Held) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "real")
    with held(tmp_path / "results" / "rollout.db", "me"):
        assert list((tmp_path / "real").iterdir())
