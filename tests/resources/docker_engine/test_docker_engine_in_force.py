"""What happens to file and daemon around a change, with programs that stand in for systemd's and Docker's."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.resources.docker_engine import in_force
from pyinfra_wsl.resources.docker_engine.in_force import Home, Told
from pyinfra_wsl.resources.docker_engine.proof import Bed

# The daemon is a file with the configuration that it runs with; it takes a bad one neither at a start nor at a reload.
FAKES = {
    "busctl": "exit 0",
    "systemd-run": "echo proof >>@/calls; ! grep -q unproved @/daemon.json.new 2>/dev/null",
    "systemctl": """echo "$1" >>@/calls
case "$*" in
*InvocationID*) echo i1 ;;
*ActiveState*) if grep -q -e endless -e again @/daemon.json; then echo activating
  elif [ -e @/runs ]; then echo active; else echo failed; fi ;;
*NeedDaemonReload*) echo no ;;
restart*) ! grep -q endless @/daemon.json || exec /bin/sleep 60
  rm -f @/runs; ! grep -q bad @/daemon.json || exit 1; cat @/daemon.json >@/runs 2>/dev/null || : >@/runs ;;
reload*) if grep -q fatal @/daemon.json; then rm @/runs; elif ! grep -q bad @/daemon.json; then
  cat @/daemon.json >@/runs; date +%s.%N >@/reloaded; fi ;;
esac; true""",
    "docker": """case "$*" in
*events*) [ -e @/reloaded ] && [ "$(printf '%s\\n' "$5" "$(cat @/reloaded)" | sort -n | head -n 1)" = "$5" ] && echo reload ;;
*" ps "*) [ ! -e @/deaf ] || exit 1; cat @/containers 2>/dev/null ;;
*version*) [ -e @/runs ] || case "$*" in *here*) ;; *) exit 1 ;; esac ;;
esac; true""",
    "journalctl": "printf '%s\\n' 'time=\"2026\" level=info' 'failed to start daemon: no such thing' 'docker.service: Failed'",
    "sleep": "exit 0",
    "timeout": """seconds=$1; shift; case "$*" in *restart*) seconds=1 ;; esac; exec /usr/bin/timeout $seconds $*""",
}


class Host:
    """A folder that is a host with a daemon which runs with the file that is there."""

    def __init__(self, folder: Path, config=None):
        self.folder = folder
        self.file = folder / "daemon.json"
        (folder / "bin").mkdir()
        for name, text in FAKES.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n".replace("@", str(folder)))
            (folder / "bin" / name).chmod(0o755)
        if config is not None:
            self.file.write_text(json.dumps(config))
        (folder / "runs").write_text(json.dumps(config or {}))
        self.home = Home(Bed(str(self.file), f"{folder}/here", f"{folder}/data"), "/x.sock", f"{folder}/notes")

    def bring(self, new, told, old=None, **options):
        """Bring a configuration into force; return the failure, None where it is."""
        (self.folder / "daemon.json.new").write_text(json.dumps(new or old))
        shell = in_force.brought(self.home, new, old or {}, told, **options)
        line = f"PATH={self.folder}/bin:$PATH; {shell.line}"
        done = subprocess.run(["dash", "-c", line], capture_output=True, text=True, check=False, timeout=30)
        return None if done.returncode == 0 else explain("daemon.json", done.stderr.splitlines(), shell.refusals)

    @property
    def config(self):
        """What stands in the file; None where there is none."""
        return json.loads(self.file.read_text()) if self.file.exists() else None

    @property
    def runs(self):
        """The configuration with which the daemon runs; None where none does."""
        running = self.folder / "runs"
        return json.loads(running.read_text() or "{}") if running.exists() else None

    @property
    def noted(self):
        """What is noted of what the daemon was told; None for nothing."""
        note = self.folder / "notes/confirmed"
        return note.read_text().split() if note.exists() else None


OLD = {"dns": ["1.1.1.1"]}


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path, OLD)


@pytest.mark.parametrize("told", [Told.RESTART, Told.RELOAD])
def test_a_good_one_is_in_force_and_noted(host, told):
    assert host.bring({"dns": []}, told, OLD) is None
    assert (host.config, host.runs) == ({"dns": []}, {"dns": []})
    digest = subprocess.run(["sha256sum", host.file], capture_output=True, text=True, check=True).stdout.split()[0]
    assert host.noted == ["i1", digest, "all"]
    assert [one.name for one in (host.folder / "notes").iterdir()] == ["confirmed"]


def test_what_is_not_proved_touches_nothing(host):
    failure = host.bring({"unproved": 1}, Told.RESTART, OLD)
    assert failure.cause.startswith("dockerd would not start with this daemon.json")
    assert (host.config, host.runs, host.noted) == (OLD, OLD, None)
    assert "restart" not in (host.folder / "calls").read_text().split()
    assert not [one for one in host.folder.iterdir() if one.name.startswith(".daemon")]


@pytest.mark.parametrize("told", [Told.RESTART, Told.RELOAD])
@pytest.mark.parametrize("word", ["bad", "bad fatal"])
def test_what_dockerd_does_not_take_over_is_taken_back(host, told, word):
    failure = host.bring({word: 1}, told, OLD)
    assert failure.cause == "dockerd does not take daemon.json over: failed to start daemon: no such thing"
    assert "the former file is back, and dockerd runs with it" in failure.remedy
    assert (host.config, host.runs, host.noted) == (OLD, OLD, None)
    assert list((host.folder / "notes").glob("before.*")) == []


def test_a_file_that_was_not_there_is_gone_again(tmp_path):
    host = Host(tmp_path)
    assert "is back" in host.bring({"bad": 1}, Told.RESTART).remedy
    assert (host.config, host.runs) == (None, {})


def test_a_daemon_that_does_not_run_with_the_former_file_either_is_told(tmp_path):
    host = Host(tmp_path, {"bad": "old"})
    failure = host.bring({"bad": 1}, Told.RESTART, {"bad": "old"})
    assert "does not run with the former file either, which is back" in failure.cause
    assert host.config == {"bad": "old"}


def test_after_a_cut_a_retry_goes_back_to_what_the_daemon_runs_with(host):
    (host.folder / "notes").mkdir()
    (host.folder / "notes/before.i1").write_text(json.dumps(OLD))
    host.file.write_text('{"bad": 1}')  # and here the line was cut
    assert host.bring(None, Told.RESTART, {"bad": 1}) is not None
    assert (host.config, host.runs) == (OLD, OLD)


def test_what_another_start_of_the_daemon_ran_with_is_not_gone_back_to(host):
    (host.folder / "notes").mkdir()
    (host.folder / "notes/before.i0").write_text('{"ancient": 1}')
    assert host.bring({"bad": 1}, Told.RESTART, OLD) is not None
    assert host.config == OLD


def test_a_file_that_is_right_is_proved_before_the_daemon_is_restarted_for_it(host):
    assert host.bring(None, Told.RESTART, OLD) is None
    calls = (host.folder / "calls").read_text().split()
    assert calls.index("proof") < calls.index("restart")
    assert host.noted is not None


def test_a_reload_of_some_keys_is_noted_as_such(host):
    assert host.bring({"debug": True}, Told.RELOAD_OF_SOME, OLD) is None
    assert host.noted[2] == "reloaded"


def test_a_file_for_a_daemon_that_does_not_run_is_proved_and_written(host):
    assert host.bring({"dns": []}, Told.NOTHING, OLD) is None
    assert (host.config, host.runs) == ({"dns": []}, OLD)
    assert host.bring({"unproved": 1}, Told.NOTHING, OLD) is not None
    assert host.config == {"dns": []}


def test_a_start_that_failed_and_is_tried_again_is_told_with_its_cause(host):
    failure = host.bring({"bad again": 1}, Told.RESTART, OLD)  # systemd has it as activating: auto-restart
    assert failure.cause == "dockerd does not take daemon.json over: failed to start daemon: no such thing"
    assert (host.config, host.runs) == (OLD, OLD)


def test_a_start_without_an_end_is_taken_back(host):
    failure = host.bring({"endless": 1}, Told.RESTART, OLD)
    assert re.fullmatch(r"dockerd does not take daemon.json over: it is still activating after \d+ seconds", failure.cause)
    assert (host.config, host.runs) == (OLD, OLD)


@pytest.mark.parametrize("new", [{"dns": []}, None])
def test_containers_that_were_started_since_keep_the_daemon_from_its_restart(host, new):
    (host.folder / "containers").write_text("0123\n4567\n")
    failure = host.bring(new, Told.RESTART, OLD, careful=True)
    assert failure.cause == "containers were started meanwhile, which would end: 2; nothing was changed"
    assert (host.config, host.runs, host.noted) == (OLD, OLD, None)
    assert "restart" not in (host.folder / "calls").read_text().split()
    assert not [one for one in host.folder.iterdir() if one.name.startswith(".daemon")]
    assert host.bring({"debug": True}, Told.RELOAD, OLD, careful=True) is None
    assert host.bring({"dns": []}, Told.RESTART, OLD) is None  # with consent


def test_a_daemon_that_no_longer_says_what_runs_is_not_restarted(host):
    (host.folder / "deaf").touch()
    failure = host.bring({"dns": []}, Told.RESTART, OLD, careful=True)
    assert failure.cause.startswith("dockerd does not say any more which containers run")
    assert (host.config, host.runs) == (OLD, OLD)


def test_what_is_taken_back_stays_a_link_with_its_rights(tmp_path):
    host = Host(tmp_path)
    target = tmp_path / "target.json"
    target.write_text(json.dumps(OLD))
    target.chmod(0o640)
    host.file.symlink_to(target)
    assert host.bring({"bad": 1}, Told.RESTART, OLD) is not None
    assert (host.file.readlink(), host.config, target.stat().st_mode & 0o777) == (target, OLD, 0o640)


def test_a_link_to_nothing_is_one_again(tmp_path):
    host = Host(tmp_path)
    host.file.symlink_to(tmp_path / "missing.json")
    assert host.bring({"bad": 1}, Told.RESTART) is not None
    assert host.file.readlink() == tmp_path / "missing.json"
    assert host.config is None


@pytest.mark.parametrize(
    ("hosts", "asked"),
    [
        (["unix:///x.sock", "tcp://127.0.0.1:2375"], True),
        (["fd://"], True),
        ([], True),
        ("tcp://127.0.0.1:2375", True),  # which the proof refuses
        (["tcp://127.0.0.1:2375"], False),
        (["unix:///run/other.sock"], False),
        (["unix://"], False),  # the system's, which a user's daemon has for itself
    ],
)
@pytest.mark.parametrize("told", [Told.RESTART, Told.NOTHING])
def test_a_daemon_that_nobody_could_ask_any_more_is_refused_behind_its_proof(host, hosts, asked, told):
    failure = host.bring({"hosts": hosts}, told, OLD)
    assert (failure is None) is asked
    if failure:
        assert failure.cause.startswith("hosts in daemon.json has no unix:///x.sock: neither the docker command nor a next run")
        assert failure.remedy == "add that socket to docker_engine.daemon.hosts"
        assert (host.config, host.noted) == (OLD, None)
        assert not [one for one in host.folder.iterdir() if one.name.startswith(".daemon")]
        assert host.bring({"hosts": hosts, "unproved": 1}, told, OLD).cause.startswith("dockerd would not start")


@pytest.mark.parametrize("place", ["/run/docker.sock", "/var/run/docker.sock", ""])
def test_the_systems_socket_is_known_by_all_its_names(place):
    line = in_force.brought(in_force.SYSTEM, {"hosts": [f"unix://{place}"]}, {}, Told.RESTART).line
    assert "unasked" not in line
