"""pyinfra as its users call it: --dry, --diff, --limit, --parallel, exec, fact, files, our operations in deploys of their own."""

import json
import re

import pytest
from look import everything
from stage import BIN, ROOT

DRIFTED = ("wslconfig.wsl2.memory", "wsl_distros.Ubuntu-24.04.default_user", "docker_integration.default_distro")

OWN_DEPLOY = """
from pyinfra_wsl.operations import docker_integration, hypervisor, reboot, windows_feature, wsl, wsl_conf, wsl_distro, wslconfig

windows_feature.features(
    name="Features", features={"VirtualMachinePlatform": "enabled", "Microsoft-Windows-Subsystem-Linux": "enabled"}
)
hypervisor.settings(name="Hypervisor", launch="auto")
wslconfig.settings(name="A small VM", settings={"wsl2": {"memory": "4GB"}})
wsl.package(name="WSL", minimum="2.6.1", installer="inventory/images/wsl.2.6.1.0.x64.msi", sha256=%r)
reboot.if_pending(name="Restart", policy="now")
wsl.default_version(name="WSL 2", version=2)
wsl_distro.present(name="Ubuntu", distro="Ubuntu-24.04", default=True, default_user="dev")
wsl_conf.settings(name="systemd", distro="Ubuntu-24.04", settings={"boot": {"systemd": True}})
wsl_distro.absent(name="Old", distro="old-ubuntu", allow_data_loss=True)
docker_integration.distros(name="Docker", distros={"Ubuntu-24.04": True})
"""
MSI = "35f48461753f6b5f1f42a7cc86551df1177a54b925014e489e078ea36324c596"
RESOURCES = {"windows_feature", "hypervisor", "wslconfig", "wsl", "reboot", "wsl_distro", "wsl_conf", "docker_integration"}

FILES = """
from pyinfra.operations import files

files.put(name="there", src="inventory/fleet.yml", dest="C:/Users/Public/fleet.yml")
files.get(name="back", src="C:/Users/Public/fleet.yml", dest="back.yml")
"""


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(LT_DONE="converged", LT_TWO="drifted", LT_THREE="converged")


@pytest.fixture(scope="module")
def drifted(rehearsal):
    for setting in DRIFTED:
        rehearsal.lab("drift", "LT-DONE", setting)
    machine = rehearsal.stage.machine("LT-DONE")
    before = rehearsal.stage.do(everything, machine)
    dry = rehearsal.pyinfra(ROOT / "deploy.py", "--limit", "LT-DONE", "--dry", "--diff")
    after = rehearsal.stage.do(everything, machine)
    run = rehearsal.converge("--limit", "LT-DONE")
    return before, dry, after, run, rehearsal.results()


def test_dry_changes_nothing_and_locks_nothing(drifted):
    before, dry, after, _run, _results = drifted
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert before == after
    assert not any("pyinfra-wsl\\lock" in path for path in after["files"])


def test_dry_says_every_sentence_of_the_run_and_no_other(drifted):
    _before, dry, _after, run, results = drifted
    assert run.returncode == 0
    done = [change["sentence"] for change in results["LT-DONE"]["changes"]]
    said = re.findall(r"\] +would: (.+)", dry.stdout + dry.stderr)
    assert done
    assert [sentence for sentence in done if not any(one.startswith(sentence) for one in said)] == []
    assert [one for one in said if not any(one.startswith(sentence) for sentence in done)] == []


def test_diff_shows_the_lines(drifted):
    said = drifted[1].stdout + drifted[1].stderr
    assert re.search(r"^\s+-memory=9GB$", said, re.MULTILINE)
    assert re.search(r"^\s+\+memory=8GB$", said, re.MULTILINE)


def test_limit_leaves_the_others_alone(drifted):
    assert set(drifted[4]) == {"LT-DONE"}


@pytest.mark.usefixtures("drifted")
def test_dry_leaves_no_results_behind(rehearsal):
    assert len(list((rehearsal.folder / "results").iterdir())) == 1


@pytest.fixture(scope="module")
def own(rehearsal):
    (rehearsal.folder / "own.py").write_text(OWN_DEPLOY % MSI)
    runs = []
    for _ in range(2):
        done = rehearsal.pyinfra("own.py", "-y", "--limit", "LT-TWO")
        assert done.returncode == 0, done.stdout + done.stderr
        runs.append(rehearsal.results()["LT-TWO"])
    return runs


@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_an_operation_works_in_somebody_elses_deploy(own, resource):
    assert resource in {change["resource"] for change in own[0]["changes"]}


def test_operations_in_somebody_elses_deploy_change_nothing_twice(own):
    assert (own[0]["outcome"], own[1]["outcome"], own[1]["changes"]) == ("converged", "converged", [])


def test_an_operation_for_laptops_says_so_on_another_host(rehearsal):
    (rehearsal.folder / "elsewhere.py").write_text(OWN_DEPLOY % MSI)
    done = rehearsal.call(BIN / "pyinfra", "@local", "elsewhere.py", "-y")
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "@local is not a Windows laptop. Next: apply this to hosts named @winssh/… or @psrp/… only" in said
    assert "Traceback" not in said


@pytest.mark.usefixtures("own", "drifted")
def test_parallel_two_is_as_good_as_all_at_once(rehearsal):
    done = rehearsal.converge("--parallel", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    results = rehearsal.results()
    assert set(results) == {"LT-DONE", "LT-TWO", "LT-THREE"}
    assert all(one["failures"] == [] for one in results.values())


def connection(rehearsal):
    state = rehearsal.state()
    data = {
        "ssh_port": state["laptops"]["LT-THREE"]["port"],
        "ssh_user": state["user"],
        "ssh_key": state["key"],
        "ssh_known_hosts_file": state["known_hosts"],
    }
    return [word for name, value in data.items() for word in ("--data", f"{name}={value}")]


def call(rehearsal, *words):
    done = rehearsal.call(BIN / "pyinfra", "@winssh/127.0.0.1", *connection(rehearsal), *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_exec_runs_a_command_on_a_laptop_without_any_inventory(rehearsal):
    assert "LT-THREE" in call(rehearsal, "exec", "--", "hostname")


def test_a_fact_is_read_without_any_inventory(rehearsal):
    said = call(rehearsal, "--data", "user=console", "fact", "pyinfra_wsl.facts.WslDistros")
    fact = json.loads(said[said.index("{") : said.rindex("}") + 1])
    (distros,) = fact.values()
    assert distros["default"] == "Ubuntu-24.04"
    assert distros["distros"]["Ubuntu-24.04"]["version"] == 2


def test_exec_and_fact_leave_no_results_and_print_no_table(rehearsal):
    before = len(list((rehearsal.folder / "results").iterdir()))
    assert "again: pyinfra-wsl report" not in call(rehearsal, "exec", "--", "hostname")
    assert len(list((rehearsal.folder / "results").iterdir())) == before


def test_pyinfras_own_files_change_nothing_twice(rehearsal):
    (rehearsal.folder / "files.py").write_text(FILES)
    first = rehearsal.pyinfra("files.py", "-y", "--limit", "LT-THREE")
    second = rehearsal.pyinfra("files.py", "-y", "--limit", "LT-THREE")
    assert first.returncode == second.returncode == 0, first.stdout + first.stderr + second.stdout + second.stderr
    fleet = (rehearsal.folder / "inventory" / "fleet.yml").read_bytes()
    assert rehearsal.stage.machine("LT-THREE").files.read(r"C:\Users\Public\fleet.yml") == fleet
    assert (rehearsal.folder / "back.yml").read_bytes() == fleet
    assert "No changes" not in first.stderr + first.stdout
    assert (second.stdout + second.stderr).count("No changes") == 2
