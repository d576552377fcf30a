"""What paramiko has of a package that hardly anybody uses is there once it is asked for."""

import subprocess
import sys

import pytest

USED = """
import sys
from pyinfra_wsl.connectors import seldom

seldom.use()
seldom.use()
assert "paramiko.transport" in sys.modules
assert not {"invoke", "unittest"} & set(sys.modules)
from paramiko.config import SSHConfig

found = SSHConfig.from_text("Match exec true\\n User one\\nMatch exec false\\n Port 1").lookup("host")
assert found == {"hostname": "host", "user": "one"}, found
assert "invoke.runners" in sys.modules
"""
THEIRS = """
from pyinfra_wsl.connectors import seldom

seldom.use()
import invoke
from invoke import task
import paramiko.config

assert type(invoke).__name__ == "module" and invoke.__version__ and task
assert paramiko.config.invoke.run is invoke.run
"""
MISSING = """
import sys

sys.modules["invoke"] = None  # as where it is not installed
from pyinfra_wsl.connectors import seldom

seldom.use()
from paramiko.config import SSHConfig

try:
    SSHConfig.from_text("Match exec true\\n User one").lookup("host")
except ImportError:
    pass
else:
    raise AssertionError
"""


@pytest.mark.parametrize("text", [USED, THEIRS, MISSING], ids=["used", "theirs", "missing"])
def test_it_is_what_it_was(text):
    done = subprocess.run(
        [sys.executable, "-c", text], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
