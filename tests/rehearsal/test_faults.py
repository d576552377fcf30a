"""What goes wrong in one run over many laptops: one clear line each, the others finish, nothing is lost, the next run repairs."""

import asyncio
import json
import re

import asyncssh
import pytest

from pyinfra_wsl.lab import exe
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.files import FileError

REASONS = {
    "LT-PASSWORD": ("refuses user fleet-admin", "check key or password"),
    "LT-STRANGER": ("is not in known_hosts", "verify the key"),
    "LT-OFF": ("no SSH server on", "turn the laptop on"),
    "LT-LANGUAGE": ("ConstrainedLanguage", "App Control"),
    "LT-FULL": ("is full", "free s"),
    "LT-CABLE": ("broke off", "run again"),
    "LT-GARBAGE": ("what answers is not our agent", "PowerShell profile"),
    "LT-EDITOR": (".wslconfig could not be written", "the file was changed while this run merged it"),
    "LT-BUSY": ("the lock says that it is held by ada@desk, run 1111", "wait for its end"),
}
WELL = ("LT-FINE", "LT-DOCKER")
SCENARIOS = dict.fromkeys((*REASONS, *WELL), "connection-dropped") | {
    "LT-OFF": "offline",
    "LT-LANGUAGE": "constrained-language",
    "LT-DOCKER": "integration-reset",
}
LOCK = r"C:\Program Files\pyinfra-wsl\lock"
MINE = b"[wsl2]\nmemory=6GB # mine\nswap=1GB\n"


def declare(fleet):
    fleet["hosts"]["LT-PASSWORD"]["connection"] = {"password_from": {"env": "FLEET_PASSWORD"}}


def hook(machine, name, suffix, act, when=lambda: True):
    """Let `act` happen once, after (for ``read``) or instead of (for ``write``) what Windows does with a file."""
    real, done = getattr(machine.files, name), []

    def hooked(path, *arguments, **options):
        if done or not path.lower().endswith(suffix) or not when():
            return real(path, *arguments, **options)
        done.append(path)
        if name == "write":
            act(path)
        asyncio.get_running_loop().call_soon(act, path)
        return real(path, *arguments, **options)

    setattr(machine.files, name, hooked)


def full(path):
    raise FileError("disk_full", path)


def go_wrong(rehearsal):
    """Break every laptop in its way; return what repairs them."""
    stage = rehearsal.stage
    machines = {name: stage.machine(name) for name in SCENARIOS}
    for name, machine in machines.items():
        if name != "LT-CABLE":
            machine.faults.drop_connection_during = None
    password, stranger = stage.laptop("LT-PASSWORD"), rehearsal.folder / ".lab" / "known_hosts"
    kept, known = password.client_key, stranger.read_text()
    password.client_key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    port = rehearsal.state()["laptops"]["LT-STRANGER"]["port"]
    stranger.write_text("".join(line for line in known.splitlines(keepends=True) if f"]:{port} " not in line))
    hook(machines["LT-FULL"], "write", "ext4.vhdx", full)
    machines["LT-GARBAGE"].faults.garbage_answers = 1
    editor, docker, busy = machines["LT-EDITOR"], machines["LT-DOCKER"], machines["LT-BUSY"]
    profile = editor.account("CORP\\alice").profile
    stage.do(editor.files.write, rf"{profile}\.wslconfig", b"[wsl2]\n")
    hook(editor, "read", ".wslconfig", lambda path: editor.files.write(path, MINE))
    desktop = docker.part(DockerDesktop)
    hook(docker, "read", "settings-store.json", lambda path: add_key(docker.files, path), when=lambda: not desktop.app)
    lock = stage.do(busy.files.write, LOCK, b"")
    lock.open_by = "another agent"
    stage.do(busy.files.write, f"{LOCK}.holder", b"ada@desk, run 1111")

    def repair():
        password.client_key = kept
        stranger.write_text(known)
        stage.laptop("LT-OFF").offline = False
        stage.do(stage.laptop("LT-OFF")._come_up)
        machines["LT-LANGUAGE"].faults.constrained_language = False
        lock.open_by = ""

    return repair


def add_key(files, path):
    files.write(path, json.dumps(json.loads(files.read(path)) | {"MyOwnKey": 1}).encode())


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, **{name.replace("-", "_"): scenario for name, scenario in SCENARIOS.items()})


@pytest.fixture(scope="module")
def first(rehearsal):
    repair = go_wrong(rehearsal)
    done = rehearsal.converge(FLEET_PASSWORD="staple-77")
    results = rehearsal.results()
    remains = {name: left(rehearsal.stage.machine(name)) for name in SCENARIOS}
    repair()
    return done, results, remains


@pytest.fixture(scope="module")
def second(rehearsal, first):
    assert first
    done = rehearsal.converge(FLEET_PASSWORD="correct horse")
    return done, rehearsal.results()


@pytest.mark.parametrize("name", REASONS)
def test_a_fault_ends_with_one_line_that_says_why_and_what_next(first, name):
    (failure,) = first[1][name]["failures"]
    cause, remedy = REASONS[name]
    assert cause in failure["cause"]
    assert remedy.lower() in failure["remedy"].lower()
    assert "\n" not in failure["cause"] + failure["remedy"]


def test_who_does_not_answer_is_offline_and_who_does_not_let_us_in_failed(first):
    outcomes = {name: first[1][name]["outcome"] for name in ("LT-OFF", "LT-PASSWORD")}
    assert outcomes == {"LT-OFF": "offline", "LT-PASSWORD": "failed"}


@pytest.mark.parametrize("name", REASONS)
def test_the_line_stands_in_what_a_person_sees(first, name):
    said = " ".join(re.findall(rf"\[{name}\] +(.*)", first[0].stdout + first[0].stderr))
    (failure,) = first[1][name]["failures"]
    assert f"{failure['cause']}. Next: {failure['remedy']}" in said


@pytest.mark.parametrize("name", WELL)
def test_the_other_laptops_finish(first, name):
    assert first[1][name]["outcome"] == "converged", first[1][name]


def test_nobody_reads_a_traceback_or_a_password(first, second):
    for done, *_results in (first, second):
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        assert "staple-77" not in said
        assert "correct horse" not in said


@pytest.mark.parametrize("name", [*REASONS, *WELL])
def test_the_next_run_repairs_it(second, name):
    assert second[1][name]["outcome"] == "converged", second[1][name]["failures"] + second[1][name]["deferred"]


@pytest.mark.usefixtures("second")
def test_what_the_user_wrote_meanwhile_is_kept(rehearsal):
    editor, docker = rehearsal.stage.machine("LT-EDITOR"), rehearsal.stage.machine("LT-DOCKER")
    text = editor.files.text(rf"{editor.account('alice').profile}\.wslconfig")
    assert "swap=1GB" in text
    assert "memory=8GB" in text
    settings = json.loads(docker.files.read(docker.part(DockerDesktop).settings_path(docker.account("CORP\\alice"))))
    assert settings["MyOwnKey"] == 1
    assert settings["IntegratedWslDistros"] == ["Ubuntu-24.04"]


def test_every_distribution_is_there_once_and_whole(rehearsal, second):
    for name in second[1]:
        distros = second[1][name]["before"]["wsl_distro"]["distros"] or {}
        assert len(distros) <= 2
        assert rehearsal.stage.machine(name).complaints == []


def left(machine):
    """Return what stands in our folder of tasks, and the tasks."""
    runs = rf"{LOCK.removesuffix('lock')}runs"
    names = [one.name for one in machine.files.list(runs)] if machine.files.exists(runs) else []
    return names, sorted(machine.tasks)


def test_a_cut_inside_a_task_leaves_it_and_the_next_run_takes_it_away(rehearsal, first, second):
    assert second
    assert first[2]["LT-CABLE"][0], "else this would show nothing"
    assert {name: left(rehearsal.stage.machine(name)) for name in SCENARIOS} == dict.fromkeys(SCENARIOS, ([], []))


def test_a_failing_wsl_is_not_taken_for_one_without_distributions(make_stage, monkeypatch):
    real = exe.PROGRAMS["wsl.exe"]

    async def failing(inv):
        if "--list" in inv.arguments and inv.machine.name == "LT-SICK":
            await inv.out("Catastrophic failure \nError code: Wsl/Service/E_UNEXPECTED\n")
            return -1
        return await real(inv)

    monkeypatch.setitem(exe.PROGRAMS, "wsl.exe", failing)
    rehearsal = make_stage(LT_SICK="converged", LT_EMPTY="connection-dropped")
    rehearsal.stage.machine("LT-EMPTY").faults.drop_connection_during = None
    rehearsal.lab("drift", "LT-SICK", "wslconfig.wsl2.memory")
    rehearsal.converge()
    empty, sick = (rehearsal.results()[name] for name in ("LT-EMPTY", "LT-SICK"))
    assert (empty["outcome"], empty["before"]["wsl_distro"]["running"]) == ("converged", [])
    assert sick["before"]["wsl_distro"]["running"] is None
    assert {change["resource"] for change in sick["changes"]} == {"wslconfig"}
    assert set(sick["before"]["wsl_distro"]["distros"]) == {"Ubuntu-24.04", "docker-desktop"}
