"""`pyinfra-wsl verify` over real SSH, from the checkout and from an unpacked wheel; what it says where nothing was looked at."""

import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pytest
from stage import BIN, ROOT

DONE, AWAY = "LT-DONE", "LT-AWAY"


@pytest.fixture(scope="module")
def here(make_stage):
    return make_stage(LT_DONE="converged", LT_AWAY="user-logged-off")


def verify(here, *words, **options):
    return here.call(BIN / "pyinfra-wsl", "verify", "inventory/lab.py", *words, **options)


def test_pytests_own_options_pass_through(here):
    done = verify(here, "--limit", DONE, "--junitxml", "found.xml", "-k", "wslconfig", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    names = [case.get("name") for case in ElementTree.parse(here.folder / "found.xml").iter("testcase")]  # noqa: S314 - pytest's
    assert len(names) == 5
    assert all("wslconfig" in name and DONE in name for name in names)
    assert "PASSED" in done.stdout


def test_what_was_skipped_is_counted_and_named_by_host(here):
    done = verify(here, "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "LT-AWAY: 13 settings: nobody is at the screen" in done.stdout
    assert "Nothing was looked at" not in done.stdout


def test_it_is_no_success_when_all_was_skipped(here):
    done = verify(here, "--limit", AWAY, "-k", "wslconfig", "-q")
    assert done.returncode == 1, done.stdout
    assert "Nothing was looked at, so nothing is proved." in done.stdout


def test_no_test_at_all_proves_nothing(here):
    done = verify(here, "-k", "nothing_is_called_so")
    assert (done.returncode, "nothing is proved" in done.stderr) == (1, True)


@pytest.mark.parametrize("words", [["inventory/lab.py", "--limit", "LT-NOPE"], ["nowhere.py"], ["inventory/lab.py", "--no-such"]])
def test_a_wrong_call_is_one_of_usage(here, words):
    done = here.call(BIN / "pyinfra-wsl", "verify", *words)
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (2, False), done.stdout + done.stderr


def test_the_settings_of_a_project_around_it_count_for_nothing_and_nothing_is_written(here):
    (here.folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    files = sorted(path for path in here.folder.rglob("*") if "__pycache__" not in path.parts)
    try:
        assert verify(here, "--limit", DONE, "-q").returncode == 0
        assert sorted(path for path in here.folder.rglob("*") if "__pycache__" not in path.parts) == files
    finally:
        (here.folder / "pytest.ini").unlink()


def test_it_works_from_an_installed_wheel(here, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from pyinfra_wsl import verify\n"
        "print(verify.__file__)\n"
        "from pyinfra_wsl.cli.main import main\n"
        f"main(['verify', 'inventory/lab.py', '--limit', {DONE!r}, '-v'])"
    )
    done = here.call(sys.executable, "-P", "-c", code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{tmp_path}/site/pyinfra_wsl/verify/__init__.py\n")
    assert "test_setting_stands_in_wslconfig" in done.stdout
    assert str(ROOT / "pyinfra_wsl") not in done.stdout
