"""`pyinfra-wsl adopt`, then a run: nothing changes, on every scenario of the lab; what the file may not say, it does not."""

import json

import pytest
import yaml
from look import everything
from stage import BIN, ROOT

from pyinfra_wsl import fleet
from pyinfra_wsl.lab.scenarios import SCENARIOS

NAMES = {f"LT-{name.upper()}": name for name in SCENARIOS}
GONE = ["LT-OFFLINE", "LT-CONSTRAINED-LANGUAGE"]
INVENTORY = """from pathlib import Path
from pyinfra_wsl import inventory
globals().update(inventory.groups(Path(__file__).parent / "adopted.yml"))
"""
SEEN = [name for name in NAMES if name not in GONE]


@pytest.fixture(scope="module")
def here(make_stage):
    return make_stage(**{laptop.replace("-", "_"): scenario for laptop, scenario in NAMES.items()})


def adopt(here, *words, **options):
    return here.call(BIN / "pyinfra-wsl", "adopt", *words, **options)


@pytest.fixture(scope="module")
def adopted(here):
    """Adopt all laptops; return what was said."""
    return adopt(here, "--inventory", "inventory/lab.py", "-o", "adopted.yml", "--start")


@pytest.fixture(scope="module")
def run(here, adopted):
    """Run the adopted file; return the results by laptop."""
    assert adopted.returncode in (0, 1), adopted.stderr
    (here.folder / "adopted.py").write_text(INVENTORY)
    done = here.call(BIN / "pyinfra", "adopted.py", ROOT / "deploy.py", "-y", timeout=300)
    assert "Traceback" not in done.stdout + done.stderr
    return here.results()


def test_who_cannot_be_looked_at_is_told_and_a_comment(here, adopted):
    assert (adopted.returncode, "Traceback" in adopted.stderr) == (1, False)
    written = (here.folder / "adopted.yml").read_text()
    for name in GONE:
        assert name in adopted.stderr
        assert f"# {name}: not looked at: " in written
    hosts = fleet.load(here.folder / "adopted.yml").hosts
    assert set(hosts) == set(SEEN)


@pytest.mark.parametrize("laptop", SEEN)
def test_a_run_of_what_was_adopted_changes_nothing_and_is_content(run, laptop):
    assert run[laptop]["changes"] == []
    expected = "deferred" if laptop == "LT-PENDING-REBOOT" else "converged"  # a restart is still to come, and nobody allows it
    assert run[laptop]["outcome"] == expected, json.dumps(run[laptop]["failures"] + run[laptop]["deferred"], indent=1)


def test_what_is_adopted_says_what_the_laptop_was_brought_to(here, adopted):
    assert adopted
    host = fleet.load(here.folder / "adopted.yml").host("LT-CONVERGED").data
    assert host["wslconfig"]["wsl2"]["memory"] == "8GB"
    assert host["wsl_distros"]["Ubuntu-24.04"] == {
        "version": 2, "default": True, "default_user": "dev", "docker_integration": True,
        "wsl_conf": {"boot": {"systemd": True}, "automount": {"options": "metadata"}},
    }  # fmt: skip
    assert host["docker_integration"] == {"default_distro": True}
    assert host["wsl"] == {"package": {"minimum": "2.6.1.0"}, "default_version": 2}


def test_no_password_and_no_value_of_a_secret_is_in_the_file(here, adopted):
    assert adopted
    written = (here.folder / "adopted.yml").read_text()
    assert "ssh_password" not in written
    assert "password_from:" not in yaml.safe_dump(yaml.safe_load(written))


def test_it_is_not_overwritten(here, adopted):
    assert adopted
    before = (here.folder / "adopted.yml").read_text()
    done = adopt(here, "--inventory", "inventory/lab.py", "-o", "adopted.yml")
    assert (done.returncode, "is not overwritten" in done.stderr) == (2, True)
    assert (here.folder / "adopted.yml").read_text() == before


def test_it_writes_nothing_on_a_laptop(here):
    machine = here.stage.machine("LT-CONVERGED")
    before = here.stage.do(everything, machine)
    done = adopt(here, "--inventory", "inventory/lab.py", "--limit", "LT-CONVERGED", "-o", "one.yml")
    assert done.returncode == 0, done.stderr
    assert here.stage.do(everything, machine) == before


def test_hosts_are_adopted_by_their_names_alone(here, tmp_path):
    laptop = here.stage.laptop("LT-CONVERGED")
    state = here.state()
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "known_hosts").write_text(open(state["known_hosts"]).read())  # noqa: SIM115, PTH123
    words = ("127.0.0.1", "--ssh-user", state["user"], "--ssh-key", state["key"], "--ssh-port", str(laptop.port))
    done = adopt(here, *words, "-o", "named.yml", HOME=str(home))
    assert done.returncode == 0, done.stdout + done.stderr
    host = fleet.load(here.folder / "named.yml").host("127.0.0.1").data
    assert host["wslconfig"]["wsl2"]["memory"] == "8GB"


@pytest.mark.parametrize("words", [(), ("LT-1", "--inventory", "inventory/lab.py"), ("--inventory", "nowhere.py"),
                                   ("--inventory", "inventory/lab.py", "--limit", "LT-NOPE")])  # fmt: skip
def test_a_wrong_call_is_one_of_usage(here, words):
    done = adopt(here, *words, "-o", "never.yml")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert not (here.folder / "never.yml").exists()
