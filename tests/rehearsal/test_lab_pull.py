"""``pyinfra-wsl lab pull``: a fleet that comes by itself, with the commands that its page shows."""

import json
import subprocess

from stage import BIN


def test_laptops_of_a_lab_come_by_themselves_and_are_told_with_the_others(make_stage):
    here = make_stage(LT_DONE="converged", LT_AWAY="user-logged-off")
    for name in ("root", "fleet"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here.folder / name], check=True)

    def wsl(*words, code=0):
        done = here.call(BIN / "pyinfra-wsl", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "cannot" not in wsl("trust", "init", "public", "--fleet", "corp", "--root", "root", "--signing", "fleet")
    assert "2 laptops" in wsl("bundle", "inventory/fleet.yml", "--key", "fleet", "--out", "public")
    assert "no laptop LT-NOBODY" in wsl("lab", "pull", "LT-NOBODY", code=1)
    said = wsl("lab", "pull", "LT-DONE", "LT-AWAY", "--results", "back", code=5)
    assert "LT-DONE: outcome=converged serial=1 changes=0" in said
    assert "LT-AWAY: outcome=deferred serial=1 changes=0 waits=user logon" in said
    assert not (here.folder / "results").exists(), "a pull writes into the laptop's own folder only"
    assert "2 new documents of 2 laptops" in wsl("collect", "back", "--fleet", "inventory/fleet.yml")
    assert "2 machines: 0 silent, 0 behind" in wsl("report", "--heard", "inventory/fleet.yml")
    assert here.converge("--limit", "LT-DONE").returncode == 0
    told = json.loads(wsl("report", "--heard", "inventory/fleet.yml", "--json"))
    assert {one["host"]: one["how"] for one in told} == {"LT-DONE": "push", "LT-AWAY": "pull"}
    assert "no lab is up" in here.call(BIN / "pyinfra-wsl", "lab", "pull", "LT-DONE", "--state", "nowhere").stderr
