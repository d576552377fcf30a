"""Docker Desktop's integration: what is read, planned and carried out on a simulated laptop."""

import json

import pytest
from support.bed import Bed
from support.wire import ABSENT, contents, key, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Request
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_integration import plan as docker_integration
from pyinfra_wsl.resources.docker_integration.apply import unproved
from tests.lab.wsl_laptop import archive as rootfs

ON = {"distros": {"Ubuntu": True}}
STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
MARK = r"HKLM\SOFTWARE\pyinfra-wsl\Docker"


@pytest.fixture
def bed():
    bed = Bed("Ubuntu")
    for name in ("Ubuntu", "Debian"):
        wsl.register(bed.machine, bed.alice, name, rootfs(), uid=1000)
    bed.docker()
    return bed


def plan(bed, want=ON):
    return docker_integration.plan(want, bed.look())


def settings(bed, path=STORE):
    return json.loads(bed.machine.files.read(path))


def edit(bed, **values):
    bed.machine.files.write(STORE, json.dumps(settings(bed) | values).encode())


def log_off(bed):
    bed.machine.log_off(bed.alice)


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
    return docker_integration.read(answers)


def test_installed_for_all_or_for_one_is_told_from_not_installed_and_unknown():
    uninstall = key({"DisplayVersion": "4.91.0.239619", "InstallLocation": '"D:\\Docker\\"'})
    for found in (read(machine=uninstall, own=ABSENT), read(machine=ABSENT, own=uninstall)):
        assert (found.installed, found.version, found.folder) == (True, "4.91.0", "D:\\Docker")
    assert read(machine=ABSENT, own=ABSENT).installed is False
    assert read(machine=ABSENT).installed is None
    assert read().installed is None


def test_it_runs_for_the_owners_of_its_processes():
    one = {"returns": {"Sid": "S-1"}}
    processes = objects({"ProcessId": 1, **one}, {"ProcessId": 2, **one}, {"ProcessId": 3, "returns": None})
    assert read(processes=processes).running_for == ("S-1",)
    assert read(processes=Answer(False)).running_known is False


def test_only_a_server_version_proves_anything():
    for answer, proof in ((ran(0, "28.3.3\n"), "28.3.3"), (ran(0, "\n"), ""), (ran(1, "28.3.3"), ""), (ran(0, "not found"), "")):
        assert docker_integration.read({}, {"Ubuntu": {"server": answer}}).servers == {"Ubuntu": proof}


def test_secrets_in_the_settings_are_not_kept():
    file = contents(b'{"OverrideProxyHTTP": "http://ada:pw@proxy", "IntegratedWslDistros": ["Ubuntu"]}')
    state = read(store=file, legacy=ABSENT)
    assert state.settings.integrated == ("Ubuntu",)
    assert "pw@proxy" not in repr(state)


# --- not running ---


def test_without_a_running_docker_desktop_the_file_is_written_and_nothing_is_started(bed):
    planned = plan(bed)
    assert bed.sentences(planned) == ["WSL integration of Docker Desktop: Ubuntu on"]
    bed.carry_out(planned)
    assert settings(bed)["IntegratedWslDistros"] == ["Ubuntu"]
    assert settings(bed)["LicenseTermsVersion"] == 2
    assert bed.machine.docker.app is None
    assert "not proved" in plan(bed).noop
    assert not plan(bed).steps


def test_the_old_file_is_backed_up(bed):
    before = bed.machine.files.read(STORE)
    bed.carry_out(plan(bed))
    (backup,) = [one.name for one in bed.machine.files.list(STORE.rpartition("\\")[0]) if one.name.endswith(".bak")]
    assert bed.machine.files.read(STORE.replace("settings-store.json", backup)) == before


def test_for_somebody_who_is_logged_off_the_file_is_written_too(bed):
    bed.target = bed.target.__class__(r"CORP\alice", ("Ubuntu",))
    log_off(bed)
    bed.carry_out(plan(bed))
    assert settings(bed)["IntegratedWslDistros"] == ["Ubuntu"]


@pytest.mark.parametrize(
    ("want", "words", "after"),
    [
        ({"distros": {"Debian": False}}, "Debian off", []),
        ({"default_distro": True}, "the default distribution on", ["Debian"]),
        ({"distros": {"Ubuntu": True}}, "Ubuntu on", ["Debian", "Ubuntu"]),
    ],
)
def test_each_difference_is_one_change(bed, want, words, after):
    edit(bed, IntegratedWslDistros=["Debian"])
    planned = plan(bed, want)
    assert planned.steps[0].sentence.endswith(words)
    assert planned.steps[0].diff
    bed.carry_out(planned)
    assert settings(bed).get("IntegratedWslDistros", []) == after
    assert not plan(bed, want).steps


def test_the_older_docker_desktop_has_the_older_file(bed):
    bed.docker("4.30.0")
    bed.carry_out(plan(bed))
    assert settings(bed, r"C:\Users\alice\AppData\Roaming\Docker\settings.json")["integratedWslDistros"] == ["Ubuntu"]


def test_a_file_that_the_user_changes_while_we_merge_keeps_his_change(bed):
    for number, _ in enumerate(bed.wishes(plan(bed).steps[0].talk(bed.next_run))):
        if number == 1:
            edit(bed, AutoStart=True)
    assert settings(bed)["AutoStart"] is True
    assert settings(bed)["IntegratedWslDistros"] == ["Ubuntu"]


def test_a_file_that_never_stays_still_ends_in_an_error(bed):
    planned = plan(bed)
    with pytest.raises(StepError, match="keeps changing"):
        carry_out_against_somebody(bed, planned)


def carry_out_against_somebody(bed, planned):
    for number, _ in enumerate(bed.wishes(planned.steps[0].talk(bed.next_run))):
        edit(bed, Cpus=number)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf{}", b"\0\0\0", b""])
def test_a_file_that_docker_refuses_is_mended(bed, data):
    bed.machine.files.write(STORE, data)
    planned = plan(bed)
    assert "mended" in planned.steps[0].sentence
    bed.carry_out(planned)
    assert settings(bed)["IntegratedWslDistros"] == ["Ubuntu"]


def test_half_a_file_is_diagnosed_and_left(bed):
    bed.machine.files.write(STORE, b'{"IntegratedWslDistros": ["Ubu')
    assert "only a part was written" in only_failure(plan(bed))
    assert bed.machine.files.read(STORE) == b'{"IntegratedWslDistros": ["Ubu'


# --- running ---


def test_a_running_one_is_stopped_started_and_proved(bed):
    bed.start_docker()
    first = bed.machine.docker.app
    planned = plan(bed)
    assert planned.steps[0].note == "Docker Desktop is stopped and started again"
    bed.carry_out(planned)
    assert bed.machine.docker.app is not first
    assert bed.machine.docker.app.token.account.sid == bed.alice.sid
    assert not bed.machine.registry.exists(rf"{MARK}\{bed.alice.sid}")
    again = plan(bed)
    assert not again.steps
    assert again.noop == "Ubuntu reaches engine 28.3.3"


def test_the_commands_of_an_older_one_are_older(bed):
    bed.docker("4.36.0")
    bed.start_docker()
    bed.carry_out(plan(bed))
    assert plan(bed).noop == "Ubuntu reaches engine 28.3.3"


def test_containers_that_run_are_not_stopped_unless_it_is_declared(bed):
    bed.start_docker()
    bed.machine.docker.containers = ["c0ffee", "decade"]
    one = waiting(plan(bed))
    assert one.waits_for == "docker desktop idle"
    assert "2 containers run" in one.reason
    assert plan(bed, ON | {"apply": "now"}).steps


def test_next_start_waits_even_without_containers(bed):
    bed.start_docker()
    assert waiting(plan(bed, ON | {"apply": "next_start"})).waits_for == "docker desktop idle"


def test_not_knowing_of_containers_is_no_leave_to_stop_them(bed):
    bed.start_docker()
    bed.target = bed.target.__class__("console", ())  # then nothing was asked in his session
    assert "not known" in waiting(plan(bed)).reason


def test_settings_that_are_right_but_do_not_work_ask_for_a_restart(bed):
    bed.start_docker()
    edit(bed, IntegratedWslDistros=["Ubuntu"])
    planned = plan(bed)
    assert bed.sentences(planned) == ["restart Docker Desktop: it does not answer inside Ubuntu"]


def test_an_integration_that_docker_forgot_is_plain_drift(bed):
    bed.carry_out(plan(bed))
    bed.machine.docker.forgets_integration = True
    bed.start_docker()
    bed.carry_out(plan(bed))
    assert plan(bed).noop == "Ubuntu reaches engine 28.3.3"


def test_a_distribution_built_on_musl_is_the_cause(bed, monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_integration.apply._PAUSES", (0.1, 0.1))
    wsl.register(bed.machine, bed.alice, "Alpine", rootfs(**{"lib__ld-musl-x86_64.so.1": b"\x7fELF"}))
    bed.start_docker()
    with pytest.raises(StepError, match="musl") as caught:
        bed.carry_out(plan(bed, {"distros": {"Alpine": True}}))
    assert caught.value.code == "docker_proof"


def test_a_run_cut_off_after_the_stop_is_made_good_by_the_next(bed):
    bed.start_docker()
    for wish in bed.wishes(plan(bed).steps[0].talk(bed.next_run)):
        if isinstance(wish, Request) and wish.progress == "starting Docker Desktop":
            break
    assert bed.machine.docker.app is None
    planned = plan(bed)
    assert bed.sentences(planned) == ["start Docker Desktop again, which a run that was cut off had stopped"]
    bed.carry_out(planned)
    assert plan(bed).noop == "Ubuntu reaches engine 28.3.3"


# --- impossible, or nothing to do ---


def test_nothing_declared_is_nothing_done(bed):
    assert plan(bed, {"apply": "now"}).noop == "no integration is declared"


def test_without_docker_desktop_on_is_a_failure_and_off_is_not():
    bed = Bed()
    wsl.register(bed.machine, bed.alice, "Ubuntu", rootfs())
    assert "not installed" in only_failure(plan(bed))
    assert plan(bed, {"distros": {"Ubuntu": False}, "default_distro": False}).noop == "Docker Desktop is not installed"


def test_a_distribution_that_is_not_there_is_named(bed):
    assert "no distribution Arch" in only_failure(plan(bed, {"distros": {"Arch": True}}))
    assert not plan(bed, {"distros": {"Arch": False}}).failures


def test_wsl_1_is_not_integrated(bed):
    wsl.register(bed.machine, bed.alice, "Old", rootfs(), version=1)
    assert "WSL 1" in only_failure(plan(bed, {"distros": {"Old": True}}))


def test_the_hyper_v_engine_integrates_nothing(bed):
    edit(bed, WslEngineEnabled=False)
    assert "Hyper-V" in only_failure(plan(bed))


def test_the_registered_spelling_is_written(bed):
    bed.carry_out(plan(bed, {"distros": {"ubuntu": True}}))
    assert settings(bed)["IntegratedWslDistros"] == ["Ubuntu"]


def test_off_for_the_default_distribution_is_warned_of_while_that_is_integrated(bed):
    (warning,) = plan(bed, {"distros": {"Ubuntu": False}, "default_distro": True}).warnings
    assert "Ubuntu" in warning


@pytest.mark.parametrize(
    ("engine", "inside", "cause"),
    [("", "", "does not answer on Windows"), ("28", "/usr/bin/docker\n/var/run/docker.sock\n", "engine behind it"),
     ("28", "/usr/bin/docker\n", "no socket"), ("28", "", "set nothing up"), ("28", None, "set nothing up")],
)  # fmt: skip
def test_a_proof_that_fails_is_explained(engine, inside, cause):
    output = None if inside is None else Output(2, inside.encode(), b"", timed_out=False, seconds=0.1)
    found, remedy = unproved("Ubuntu", engine, output)
    assert cause in found
    assert remedy
