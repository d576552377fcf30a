"""Docker Desktop's integration: what is read, planned and carried out on a simulated laptop."""

import json

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import refusal, wanted
from support.wire import ABSENT, contents, key, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Request
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_integration import plan as planning
from pyinfra_wsl.resources.docker_integration import state as docker_integration
from pyinfra_wsl.resources.docker_integration.apply import unproved
from pyinfra_wsl.resources.docker_integration.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs

ON = {"distros": {"Ubuntu": True}}
STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
UNPROVED = "Docker answers inside Ubuntu: Docker Desktop is not running"
MARK = r"HKLM\SOFTWARE\pyinfra-wsl\Docker"


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop("Ubuntu")
    for name in ("Ubuntu", "Debian"):
        wsl.register(lab_laptop.machine, lab_laptop.alice, name, rootfs(), uid=1000)
    lab_laptop.docker()
    return lab_laptop


def values(want):
    own = {name: value for name, value in want.items() if name != "distros"}
    distros = {name: {"docker_integration": on} for name, on in want.get("distros", {}).items()}
    return {"docker_integration": own, "wsl_distros": distros}


def plan(lab_laptop, want=ON):
    return planning.plan(wanted(RESOURCE, values(want)), lab_laptop.look())


def settings(lab_laptop, path=STORE):
    return json.loads(lab_laptop.machine.files.read(path))


def edit(lab_laptop, **values):
    lab_laptop.machine.files.write(STORE, json.dumps(settings(lab_laptop) | values).encode())


def log_off(lab_laptop):
    lab_laptop.machine.log_off(lab_laptop.alice)


def only_failure(planned):
    assert not planned.steps
    (failure,) = planned.failures
    assert failure.remedy
    return failure.cause


def waiting(planned):
    assert not planned.steps
    assert not planned.failures
    (one,) = planned.deferred
    return one


# --- reading ---


def read(**answers):
    return docker_integration.read(docker_desktop.read(answers))


def test_installed_for_all_or_for_one_is_told_from_not_installed_and_unknown():
    uninstall = key({"DisplayVersion": "4.91.0.239619", "InstallLocation": '"D:\\Docker\\"'})
    none = ran(1, "\r\nEnd of search: 0 match(es) found.\r\n")
    seen = {"hive": key({}), "own_program": ABSENT, "products": none, "products_32": none, "own_products": none}
    for found in (read(machine=uninstall, own=ABSENT), read(machine=ABSENT, own=uninstall)):
        assert (found.installed, found.version, found.folder) == (True, "4.91.0", "D:\\Docker")
    assert read(machine=ABSENT, own=ABSENT, **seen).installed is False
    assert read(machine=ABSENT).installed is None
    assert read().installed is None


def test_it_runs_for_the_owners_of_its_processes():
    one = {"returns": {"Sid": "S-1"}}
    processes = objects({"ProcessId": 1, **one}, {"ProcessId": 2, **one}, {"ProcessId": 3, "returns": None})
    assert read(processes=processes).running_for == ("S-1",)
    assert read(processes=Answer(False)).running_known is False


def test_only_a_server_version_proves_anything():
    for answer, proof in ((ran(0, "28.3.3\n"), "28.3.3"), (ran(0, "\n"), ""), (ran(1, "28.3.3"), ""), (ran(0, "not found"), "")):
        assert docker_integration.read(docker_desktop.State(), {"Ubuntu": {"server": answer}}).servers == {"Ubuntu": proof}


def test_secrets_in_the_settings_are_not_kept():
    file = contents(b'{"OverrideProxyHTTP": "http://ada:pw@proxy", "IntegratedWslDistros": ["Ubuntu"]}')
    state = read(store=file, legacy=ABSENT)
    assert state.settings.integrated == ("Ubuntu",)
    assert "pw@proxy" not in repr(state)


# --- not running ---


def test_without_a_running_docker_desktop_the_file_is_written_and_nothing_is_started(lab_laptop):
    planned = plan(lab_laptop)
    assert lab_laptop.sentences(planned) == ["WSL integration of Docker Desktop: Ubuntu on"]
    assert planned.unproved == (UNPROVED,)
    lab_laptop.carry_out(planned)
    assert settings(lab_laptop)["IntegratedWslDistros"] == ["Ubuntu"]
    assert settings(lab_laptop)["LicenseTermsVersion"] == 2
    assert lab_laptop.machine.part(DockerDesktop).app is None
    assert plan(lab_laptop).unproved == (UNPROVED,)
    assert not plan(lab_laptop).steps


def test_what_is_off_needs_no_proof(lab_laptop):
    lab_laptop.docker("4.86.0")
    assert plan(lab_laptop, {"distros": {"Ubuntu": False}, "default_distro": False}).unproved == ()


def test_the_old_file_is_backed_up(lab_laptop):
    before = lab_laptop.machine.files.read(STORE)
    lab_laptop.carry_out(plan(lab_laptop))
    (backup,) = [one.name for one in lab_laptop.machine.files.list(STORE.rpartition("\\")[0]) if one.name.endswith(".bak")]
    assert lab_laptop.machine.files.read(STORE.replace("settings-store.json", backup)) == before


def test_for_somebody_who_is_logged_off_the_file_is_written_too(lab_laptop):
    lab_laptop.target = lab_laptop.target.__class__(r"CORP\alice", ("Ubuntu",))
    log_off(lab_laptop)
    lab_laptop.carry_out(plan(lab_laptop))
    assert settings(lab_laptop)["IntegratedWslDistros"] == ["Ubuntu"]


@pytest.mark.parametrize(
    ("want", "words", "after"),
    [
        ({"distros": {"Debian": False}}, "Debian off", []),
        ({"default_distro": True}, "the default distribution on", ["Debian"]),
        ({"distros": {"Ubuntu": True}}, "Ubuntu on", ["Debian", "Ubuntu"]),
    ],
)
def test_each_difference_is_one_change(lab_laptop, want, words, after):
    edit(lab_laptop, IntegratedWslDistros=["Debian"])
    planned = plan(lab_laptop, want)
    assert planned.steps[0].sentence.endswith(words)
    assert planned.steps[0].diff
    lab_laptop.carry_out(planned)
    assert settings(lab_laptop).get("IntegratedWslDistros", []) == after
    assert not plan(lab_laptop, want).steps


def test_the_older_docker_desktop_has_the_older_file(lab_laptop):
    lab_laptop.docker("4.30.0")
    lab_laptop.carry_out(plan(lab_laptop))
    assert settings(lab_laptop, r"C:\Users\alice\AppData\Roaming\Docker\settings.json")["integratedWslDistros"] == ["Ubuntu"]


def test_a_file_that_the_user_changes_while_we_merge_keeps_their_change(lab_laptop):
    for number, _ in enumerate(lab_laptop.asked_by(plan(lab_laptop).steps[0].does(lab_laptop.next_run))):
        if number == 1:
            edit(lab_laptop, AutoStart=True)
    assert settings(lab_laptop)["AutoStart"] is True
    assert settings(lab_laptop)["IntegratedWslDistros"] == ["Ubuntu"]


def test_a_file_that_never_stays_still_ends_in_an_error(lab_laptop):
    planned = plan(lab_laptop)
    with pytest.raises(StepError, match="keeps changing"):
        carry_out_against_somebody(lab_laptop, planned)


def carry_out_against_somebody(lab_laptop, planned):
    for number, _ in enumerate(lab_laptop.asked_by(planned.steps[0].does(lab_laptop.next_run))):
        edit(lab_laptop, Cpus=number)


def test_a_byte_order_mark_which_docker_refuses_is_taken_away(lab_laptop):
    lab_laptop.machine.files.write(STORE, b"\xef\xbb\xbf{}")
    planned = plan(lab_laptop)
    assert "mended" in planned.steps[0].sentence
    lab_laptop.carry_out(planned)
    assert settings(lab_laptop)["IntegratedWslDistros"] == ["Ubuntu"]


@pytest.mark.parametrize(("data", "words"), [
    (b'{"IntegratedWslDistros": ["Ubu', "only a part was written"), (b"\0" * 400, "nothing but NUL bytes"), (b"", "is empty"),
    ("\ufeff{}".encode("utf-16-le"), "UTF-16"), (b'{} // mine', "a comment"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_diagnosed_and_left(lab_laptop, data, words):
    lab_laptop.machine.files.write(STORE, data)
    assert words in only_failure(plan(lab_laptop))
    assert lab_laptop.machine.files.read(STORE) == data


# --- running ---


def test_a_running_one_is_stopped_started_and_proved(lab_laptop):
    lab_laptop.start_docker()
    first = lab_laptop.machine.part(DockerDesktop).app
    planned = plan(lab_laptop)
    assert planned.steps[0].note == "Docker Desktop is stopped and started again"
    assert planned.unproved == ()
    lab_laptop.carry_out(planned)
    assert lab_laptop.machine.part(DockerDesktop).app is not first
    assert lab_laptop.machine.part(DockerDesktop).app.token.account.sid == lab_laptop.alice.sid
    assert not lab_laptop.machine.registry.exists(rf"{MARK}\{lab_laptop.alice.sid}")
    again = plan(lab_laptop)
    assert not again.steps
    assert (again.noop, again.unproved) == ("Ubuntu reaches engine 28.3.3", ())


def test_a_default_distribution_in_which_nobody_asks_is_not_proved(lab_laptop):
    lab_laptop.start_docker()
    want = {"default_distro": True}
    first = plan(lab_laptop, want)
    assert (len(first.steps), first.unproved) == (1, ("Docker answers inside Ubuntu: it was not asked there",))
    lab_laptop.carry_out(first)
    assert (plan(lab_laptop, want).steps, plan(lab_laptop, want).unproved) == ((), ())


def test_the_commands_of_an_older_one_are_older(lab_laptop):
    lab_laptop.docker("4.36.0")
    lab_laptop.start_docker()
    lab_laptop.carry_out(plan(lab_laptop))
    assert plan(lab_laptop).noop == "Ubuntu reaches engine 28.3.3"


def test_containers_that_run_are_not_stopped_unless_it_is_declared(lab_laptop):
    lab_laptop.start_docker()
    lab_laptop.machine.part(DockerDesktop).containers = ["c0ffee", "decade"]
    one = waiting(plan(lab_laptop))
    assert one.waits_for == "docker desktop idle"
    assert "2 containers run" in one.reason
    assert plan(lab_laptop, ON | {"apply": "now"}).steps


def test_next_start_waits_even_without_containers(lab_laptop):
    lab_laptop.start_docker()
    assert waiting(plan(lab_laptop, ON | {"apply": "next_start"})).waits_for == "docker desktop idle"


def test_not_knowing_of_containers_is_no_leave_to_stop_them(lab_laptop):
    lab_laptop.start_docker()
    lab_laptop.machine.part(DockerDesktop).app.status = "failed"  # then its command line gets no answer
    assert "not known" in waiting(plan(lab_laptop)).reason


def test_settings_that_are_right_but_do_not_work_ask_for_a_restart(lab_laptop):
    lab_laptop.start_docker()
    edit(lab_laptop, IntegratedWslDistros=["Ubuntu"])
    planned = plan(lab_laptop)
    assert lab_laptop.sentences(planned) == ["restart Docker Desktop: it does not answer inside Ubuntu"]


def test_an_integration_that_docker_forgot_is_plain_drift(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop))
    lab_laptop.machine.part(DockerDesktop).forgets_integration = True
    lab_laptop.start_docker()
    lab_laptop.carry_out(plan(lab_laptop))
    assert plan(lab_laptop).noop == "Ubuntu reaches engine 28.3.3"


def test_a_distribution_built_on_musl_is_the_cause(lab_laptop, monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_integration.apply.PAUSES", (0.1, 0.1))
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Alpine", rootfs(**{"lib__ld-musl-x86_64.so.1": b"\x7fELF"}))
    lab_laptop.start_docker()
    with pytest.raises(StepError, match="musl") as caught:
        lab_laptop.carry_out(plan(lab_laptop, {"distros": {"Alpine": True}}))
    assert caught.value.code == "docker_proof"


def test_a_run_cut_off_after_the_stop_is_made_good_by_the_next(lab_laptop):
    lab_laptop.start_docker()
    for request in lab_laptop.asked_by(plan(lab_laptop).steps[0].does(lab_laptop.next_run)):
        if isinstance(request, Request) and request.progress == "starting Docker Desktop":
            break
    assert lab_laptop.machine.part(DockerDesktop).app is None
    planned = plan(lab_laptop)
    assert lab_laptop.sentences(planned) == ["start Docker Desktop again, which a run that was cut off had stopped"]
    lab_laptop.carry_out(planned)
    assert plan(lab_laptop).noop == "Ubuntu reaches engine 28.3.3"


# --- impossible, or nothing to do ---


def test_nothing_declared_is_nothing_done(lab_laptop):
    assert plan(lab_laptop, {"apply": "now"}).noop == "no integration is declared"


def test_without_docker_desktop_on_is_a_failure_and_off_is_not():
    lab_laptop = LabLaptop()
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Ubuntu", rootfs())
    assert "not installed" in only_failure(plan(lab_laptop))
    assert plan(lab_laptop, {"distros": {"Ubuntu": False}, "default_distro": False}).noop == "Docker Desktop is not installed"


def test_a_distribution_that_is_not_there_is_named(lab_laptop):
    assert "no distribution Arch" in only_failure(plan(lab_laptop, {"distros": {"Arch": True}}))
    assert not plan(lab_laptop, {"distros": {"Arch": False}}).failures


def test_wsl_1_is_not_integrated(lab_laptop):
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Old", rootfs(), version=1)
    assert "WSL 1" in only_failure(plan(lab_laptop, {"distros": {"Old": True}}))


def test_the_hyper_v_engine_integrates_nothing(lab_laptop):
    edit(lab_laptop, WslEngineEnabled=False)
    assert "Hyper-V" in only_failure(plan(lab_laptop))


def test_the_registered_spelling_is_written(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, {"distros": {"ubuntu": True}}))
    assert settings(lab_laptop)["IntegratedWslDistros"] == ["Ubuntu"]


def test_off_for_the_default_distribution_is_warned_of_while_that_is_integrated(lab_laptop):
    (warning,) = plan(lab_laptop, {"distros": {"Ubuntu": False}, "default_distro": True}).warnings
    assert "Ubuntu" in warning


@pytest.mark.parametrize(
    ("want", "cause"),
    [
        ({"distros": {"Ubuntu": "on"}}, "wsl_distros.Ubuntu.docker_integration: 'on' is not true or false"),
        ({"default_distro": "on"}, "docker_integration.default_distro: 'on' is not true or false"),
        ({"apply": "soon"}, "docker_integration.apply: 'soon' is not one of now, when_idle, next_start"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_looked_at(want, cause):
    assert refusal(RESOURCE, values(want)).cause == cause


@pytest.mark.parametrize(
    ("engine", "inside", "cause"),
    [("", "", "does not answer on Windows"), ("28", "/usr/bin/docker\n/var/run/docker.sock\n", "engine behind it"),
     ("28", "/usr/bin/docker\n", "no socket: the integration's proxy"),
     ("28", "", "set nothing up"), ("28", None, "set nothing up")],
)  # fmt: skip
def test_a_proof_that_fails_is_explained(engine, inside, cause):
    output = None if inside is None else Output(2, inside.encode(), b"", timed_out=False, seconds=0.1)
    found, remedy = unproved("Ubuntu", engine, output)
    assert cause in found
    assert remedy


@pytest.mark.parametrize("policy", ["when_idle", "now"])
def test_containers_that_began_after_the_plan_are_seen_right_before_it_is_stopped(lab_laptop, policy):
    lab_laptop.start_docker()
    planned = plan(lab_laptop, ON | {"apply": policy})
    desktop = lab_laptop.machine.part(DockerDesktop)
    desktop.containers = ["c0ffee"]
    first = desktop.app
    if policy == "now":
        lab_laptop.carry_out(planned)
        assert desktop.app is not first
        return
    with pytest.raises(StepError, match="containers run: 1") as caught:
        lab_laptop.carry_out(planned)
    assert caught.value.code == "docker desktop idle"
    assert desktop.app is first


def test_its_installer_at_work_is_not_disturbed(lab_laptop):
    lab_laptop.start_docker()
    planned, first = plan(lab_laptop, ON | {"apply": "now"}), lab_laptop.machine.part(DockerDesktop).app
    lab_laptop.machine.processes.add(
        r"C:\Temp\Docker Desktop Installer.exe", lab_laptop.token(lab_laptop.alice), command_line="x install --quiet"
    )
    with pytest.raises(StepError, match=r"Installer\.exe is under way"):
        lab_laptop.carry_out(planned)
    assert lab_laptop.machine.part(DockerDesktop).app is first
