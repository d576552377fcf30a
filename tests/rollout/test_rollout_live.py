"""A rollout over real laptops of the lab, killed, interrupted, and gone on with."""

import json
import os
import signal
import subprocess

from stage import BIN


def rings(fleet):
    fleet["rollout"] = {"rings": [{"name": "pilot", "hosts": ["LT-DONE"]}, {"name": "rest"}]}


class Terminal:
    """One at which the rollout runs."""

    def __init__(self, here):
        self.process = subprocess.Popen(
            [BIN / "pyinfra-wsl", "rollout", "inventory/lab.py"], cwd=here.folder, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {"COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip

    def until(self, words):
        said = []
        for line in self.process.stdout:
            said.append(line)
            if words in line:
                return "".join(said)
        raise AssertionError("".join(said))

    def end(self, signalled):
        os.killpg(self.process.pid, signalled)
        said = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(60)
        assert "Traceback" not in said
        return self.process


def test_it_is_killed_and_interrupted_and_goes_on_and_nothing_is_lost(make_rehearsal):
    here = make_rehearsal(rings, LT_DONE="converged", LT_DRIFT="drifted")
    killed = Terminal(here)
    killed.until("rest begins")
    killed.end(signal.SIGKILL)
    interrupted = Terminal(here)
    interrupted.until("goes on by")
    assert interrupted.end(signal.SIGINT).returncode == 128 + signal.SIGINT
    done = here.call(BIN / "pyinfra-wsl", "rollout", "inventory/lab.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 converged" in done.stdout
    (folder,) = (here.folder / "results").glob("2*")
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("LT-*.json")}
    assert {one["outcome"] for one in found.values()} == {"converged"}
    assert found["LT-DRIFT"]["changes"], "whoever made them has told, before or after the kill"
