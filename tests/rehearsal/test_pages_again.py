"""What a newcomer copies from the README works, in the order in which it stands there, and prints what stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from stage import ROOT

README = (ROOT / "README.md").read_text("utf-8")
LONG = "^make "
"""Commands of it that are too long for the tests; of their lines, and of all other pages', tests/test_pages.py looks at each."""


def test_the_readme_shows_what_its_commands_print():
    command = [sys.executable, ROOT / "scripts" / "show_runs.py", "--check", f"--skip={LONG}", "README.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_environment_of_the_installation_knows_the_commands_that_are_shown(tmp_path):
    (install,) = (block for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL) if "-m venv" in block)
    (activate,) = (line for line in install.splitlines() if "activate" in line)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    shown = {line.split()[0] for line in re.findall(r"^\$ (.+)$", README, re.MULTILINE)}
    called = sorted(one for one in shown if one.startswith("pyinfra"))
    assert called == ["pyinfra", "pyinfra-wsl"]
    environment = {"PATH": os.defpath, "HOME": str(tmp_path)}
    script = f"{activate} && for one in {' '.join(called)}; do command -v $one; done"
    done = subprocess.run(["sh", "-ec", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert len(done.stdout.split()) == len(called), done.stderr


def test_a_copy_of_the_readmes_fleet_is_refused_until_its_sums_are_there(tmp_path):
    fleet = re.search(r"<!-- file: inventory/fleet.yml -->\n```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "fleet.yml").write_text(fleet)
    done = subprocess.run(
        [Path(sys.executable).parent / "pyinfra-wsl", "validate", "fleet.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("write its 64 hexadecimal digits, as sha256sum prints them") == fleet.count("SUM-OF") == 2


def test_the_line_for_editors_names_a_schema_that_is_there():
    done = subprocess.run([Path(sys.executable).parent / "pyinfra-wsl", "schema"], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip().removeprefix("# yaml-language-server: $schema=")).is_file()
