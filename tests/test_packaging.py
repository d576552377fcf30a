"""The wheel holds what the checkout holds: roles, templates and schemas reach a pip user too."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
INSIDE = ("roles", "templates", "schemas")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    (path,) = folder.glob("*.whl")
    return path


def tracked(folder):
    names = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return {name for name in names if name and (ROOT / name).exists()}


def test_every_tracked_file_of_the_package_is_in_the_wheel_and_nothing_else(wheel):
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("pyinfra_wsl-")}
    expected = tracked("pyinfra_wsl") | {f"pyinfra_wsl/{name}" for folder in INSIDE for name in tracked(folder)}
    assert packed == expected


def test_an_installed_wheel_works_without_the_checkout(wheel, tmp_path):
    environment = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(environment)
    # -P keeps the current folder off the path: the dependencies come from this environment, the package from the wheel.
    code = (
        f"import sys; sys.path.insert(0, {str(environment)!r})\n"
        "import pyinfra_wsl, pyinfra_wsl.roles.wsl, pyinfra_wsl.agent as agent\n"
        "from pyinfra_wsl import data, form, registry\n"
        f"assert pyinfra_wsl.__file__.startswith({str(environment)!r}), pyinfra_wsl.__file__\n"
        f"assert pyinfra_wsl.roles.wsl.__file__.startswith({str(environment)!r})\n"
        "assert data.schema('fleet')['title'] and agent.source() and pyinfra_wsl.__version__\n"
        "assert 'wsl_distros' in form.schemas()['fleet']['$defs']['host']['properties'] and len(registry.own()) >= 11\n"
        f"assert data.schema_path('fleet').is_file() and str(data.schema_path('fleet')).startswith({str(environment)!r})\n"
        "from pyinfra_wsl.errors import explain\n"
        "assert explain('0x80370102').known\n"
        "from pyinfra_wsl.operations import wslconfig\n"
        "from pyinfra_wsl.facts import WslDistros\n"
    )
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=True)
