"""An inventory is a person's program: what goes wrong in it is said in a line by every command that reads one."""

import os
import subprocess

import pytest
from stage import BIN

BROKEN = {
    "raises": ("hosts = [1 / 0]\n", "raises.py: ZeroDivisionError: division by zero"),
    "no_python": ("hosts = [\n", "no_python.py: SyntaxError: '[' was never closed"),
    "connector": ('hosts = [("@nope/x", {})]\n', "connector.py: NoConnectorError: Invalid connector: nope"),
    "missing": ('open("devices.csv")\n', "missing.py: FileNotFoundError: [Errno 2] No such file or directory: 'devices.csv'"),
    "ends": ("raise SystemExit(4)\n", "ends.py: ended with exit code 4"),
    "colours": ('raise ValueError("\\x1b[31mred")\n', r"colours.py: ValueError: \x1b[31mred"),
    "fleet": (
        'from pyinfra_wsl import inventory\nglobals().update(inventory.groups("fleet.yml"))\n',
        "fleet.yml:2: hosts.a.wslx: no such key; did you mean wsl?",
    ),
}
COMMANDS = {
    "doctor": (("doctor", "{}"), 2),
    "drift": (("drift", "{}"), 1),
    "adopt": (("adopt", "--inventory", "{}", "--output", "written.yml"), 1),
    "verify": (("verify", "{}", "-q"), 2),
}
"""What is called, and its exit code: of drift, 2 would mean that hosts differ."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_inventory_is_said_in_a_line(tmp_path, name, command):
    source, said = BROKEN[name]
    (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / "fleet.yml").write_text("hosts:\n  a: {os: windows, wslx: 1}\n")
    words, code = COMMANDS[command]
    done = subprocess.run(
        [BIN / "pyinfra-wsl", *(word.format(f"{name}.py") for word in words)], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip
    assert said in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
    assert done.returncode == code
    assert not (tmp_path / "written.yml").exists()
