"""The wheel holds what the checkout holds: roles, templates and schemas reach a pip user too."""

import subprocess
import sys
import sysconfig
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


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the folder of an environment of its own into which pip has installed the wheel; what it needs comes from ours."""
    folder = tmp_path_factory.mktemp("own")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # Lines of a .pth file in there are not read again, so that our own editable installation stays unseen.
    (site / "needed.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    return folder


def test_a_new_user_comes_from_the_wheel_to_laptops_as_declared(installed, tmp_path):
    """Init, lab, doctor, run and doctor again, without the checkout; the schema that the fleet file names is the wheel's."""

    def call(*words):
        done = subprocess.run(
            [str(word) for word in words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYINFRA_PROGRESS": "off", "COLUMNS": "200"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    ours, python = installed / "bin" / "pyinfra-wsl", installed / "bin" / "python"
    where = call(python, "-P", "-c", "import pyinfra_wsl; print(pyinfra_wsl.__file__)")
    assert where.startswith(str(installed))
    call(ours, "init")
    named = (tmp_path / "inventory" / "fleet.yml").read_text().splitlines()[0].partition("$schema=")[2]
    assert (tmp_path / "inventory" / named).resolve().is_relative_to(installed.resolve())
    assert call(ours, "schema", "--path").startswith(str(installed.resolve()))
    try:
        call(ours, "lab", "up")
        before = call(ours, "doctor", "inventory/lab.py")
        run = call(python, "-c", "from pyinfra_cli.main import main; main()", "inventory/lab.py", "deploy.py", "-y")
        after = call(ours, "doctor", "inventory/lab.py")
    finally:
        call(ours, "lab", "down")
    assert "deploy.py would: enable features" in before
    assert "2 of 2 converged" in run
    assert "deploy.py would" not in after
