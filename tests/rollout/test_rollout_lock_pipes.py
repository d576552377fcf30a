"""A pipe or a link that somebody has put in the place of a rollout's lock: nobody waits at it, and nothing is made elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyinfra_wsl.rollout import hold
from pyinfra_wsl.rollout.spool import Spool

_SECONDS = 60
_HOLD = "from pyinfra_wsl.rollout import hold; print(hold.is_held(Path(sys.argv[1])))"
_SPOOL = "from pyinfra_wsl.rollout.spool import Spool; print(not Spool(Path(sys.argv[1])).is_idle())"


@pytest.mark.parametrize(("text", "lock", "of"), [(_HOLD, "r.db.lock", "r.db"), (_SPOOL, "runner.lock", "")])
def test_nobody_waits_at_a_pipe(tmp_path: Path, text: str, lock: str, of: str) -> None:
    os.mkfifo(tmp_path / lock)
    code = f"import sys; from pathlib import Path; {text}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / of)], capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    assert done.stdout == "False\n"


def test_a_link_is_no_lock_that_is_held(tmp_path: Path) -> None:
    with hold.held(tmp_path / "other.db", "they"):
        (tmp_path / "r.db.lock").symlink_to(tmp_path / "other.db.lock")
        assert not hold.is_held(tmp_path / "r.db")


def test_a_link_in_the_place_of_the_runners_lock_makes_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "runner.lock").symlink_to(tmp_path / "made")
    with pytest.raises(OSError, match=r"runner\.lock"):
        Spool(tmp_path / "spool").is_idle()
    assert not (tmp_path / "made").exists()
