"""A whole pull without what Windows does not have: no module of POSIX is on its way, and none of pyinfra's command line."""

import json
import subprocess
import sys

import pytest

BLOCKED = """
import importlib.abc, json, os, signal, sys, sysconfig

NAMES = {"fcntl", "pty", "termios", "tty", "pwd", "grp", "resource", "syslog", "posix", "crypt", "nis", "spwd"}
EXTRAS = {"pypsrp", "requests", "spnego", "psrpcore", "asyncssh", "pytest", "testinfra"}  # the package has none of them
STANDARD = sysconfig.get_paths()["stdlib"]
refused = set()

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name not in NAMES:
            return None
        frame = sys._getframe(1)
        while "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        file, module = frame.f_code.co_filename, frame.f_globals.get("__name__", "")
        if (file.startswith(STANDARD) and "site-packages" not in file) or module.startswith("gevent"):
            return None
        refused.add(f"{module} {name}")
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in NAMES - {"posix"}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Blocker())
for name in ("getuid", "geteuid", "getgid", "setuid", "getpgid", "killpg", "openpty"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGWINCH", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGALRM"):
    delattr(signal, name)
"""
RUN = """
import io
from contextlib import redirect_stdout
from pyinfra_wsl.cli.main import main
said = io.TextIOWrapper(io.BytesIO(), "utf-8")
with redirect_stdout(said):
    try:
        main(["pull", "--home", sys.argv[1], "--now", "--json"], standalone_mode=False)
    except SystemExit as end:
        code = end.code
said.flush()
document = json.loads(said.buffer.getvalue())
print(json.dumps({"outcome": document["outcome"], "requests": document["requests"], "refused": sorted(refused), "code": code,
                  "cli": "pyinfra_cli" in sys.modules, "lab": sorted(one for one in sys.modules if "asyncssh" in one)}))
"""


@pytest.fixture(scope="module")
def stage(make_stage):
    return make_stage(LT_DONE="converged")


def test_a_pull_needs_nothing_that_windows_does_not_have(stage, at):
    text = (stage.folder / "inventory" / "fleet.yml").read_text()
    made = at.publish(text.replace("images/", f"{stage.folder}/inventory/images/"))
    assert made.count == 1
    agent = [sys.executable, "-m", "pyinfra_wsl.lab.range.local", str(stage.folder / ".lab"), "LT-DONE"]
    at.set(name="LT-DONE", agent=agent)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", BLOCKED + RUN, at.home], capture_output=True, text=True, check=False,
        env={"GEVENT_LOOP": "libuv-cffi", "GEVENT_FILE": "thread", "PATH": "/usr/bin:/bin", "USERNAME": "LT-DONE$"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["outcome"], found["requests"], found["code"]) == ("converged", 2, 0)
    assert (found["cli"], found["lab"]) == (False, [])
    ours = [one for one in found["refused"] if one.startswith("pyinfra_wsl")]
    assert ours == ["pyinfra_wsl.connectors.descriptors resource"], "it is told once, and gone on without"
    assert any(one.startswith("pyinfra.api.state resource") for one in found["refused"]), "the blocker blocks nothing"
