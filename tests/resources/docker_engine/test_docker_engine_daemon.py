"""daemon.json is merged, checked, and told to the daemon in the mildest way that works."""

import dataclasses
import json
import subprocess

import pytest
from support.states import revive
from test_docker_engine import FRESH, LIVE_RESTORE, READY, plan, sentences

from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine.patch import patched
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.state import State


def told(step):
    """Return how the daemon learns of what a step writes."""
    (act,) = step.does
    return next((how for how in ("restart", "reload") if f"! {how} ||" in act.line), "")


def test_other_keys_are_kept_and_objects_merged():
    have = {"debug": True, "log-opts": {"max-size": "1m", "max-file": "3"}, "dns": ["1.1.1.1"]}
    want = {"log-opts": {"max-size": "5m"}, "dns": ["9.9.9.9"]}
    assert patched(have, want) == {"debug": True, "log-opts": {"max-size": "5m", "max-file": "3"}, "dns": ["9.9.9.9"]}


def test_a_file_that_says_it_already_is_left_alone():
    assert plan(Want(daemon={"debug": True}), daemon={"debug": True, "dns": ["1.1.1.1"]}).steps == ()


def test_a_change_is_said_key_by_key_and_restarts_the_daemon():
    want = Want(daemon={"log-driver": "local"}, apply="now")
    (step,) = plan(want, daemon={"log-driver": "json-file"}, containers=2).steps
    assert step.sentence == 'daemon.json log-driver: "json-file" → "local"'
    assert step.note == "dockerd is restarted; 2 containers stop with it"
    assert told(step) == "restart"
    assert '-  "log-driver": "json-file"' in step.diff


def test_a_daemon_that_its_package_starts_finds_the_file():
    found = plan(Want(daemon={"log-driver": "local"}), FRESH, key=READY.key)
    kinds = [sentence.split()[0] for sentence in sentences(found)]
    assert kinds.index("daemon.json") < kinds.index("install", kinds.index("daemon.json"))
    assert told(next(step for step in found.steps if step.sentence.startswith("daemon.json"))) == ""


def test_a_list_that_is_there_is_left_alone_also_as_a_fact_brings_it():
    have = {"dns": ["10.0.0.1"], "default-address-pools": [{"base": "10.9.0.0/16", "size": 24}]}
    state = revive(State, json.loads(json.dumps(plain(dataclasses.replace(READY, daemon=have)))))
    assert docker_engine.plan(Want(daemon=have), state, None, render).steps == ()


def test_a_switch_of_the_image_store_needs_a_restart():
    (step,) = plan(Want(daemon={"features": {"containerd-snapshotter": True}})).steps
    assert told(step) == "restart"


def test_containers_do_not_live_through_the_restart_that_turns_live_restore_off():
    found = plan(Want(daemon={"live-restore": False, "log-driver": "local"}), running=LIVE_RESTORE, containers=2)
    assert (found.steps, len(found.deferred)) == ((), 1)


def test_a_daemon_that_is_stopped_learns_of_it_when_it_starts():
    first, second = plan(Want(daemon={"log-driver": "local"}), units={}).steps
    assert (told(first), second.sentence) == ("", "docker.service runs and starts with the host")


def test_keys_that_dockerd_reads_anew_restart_nothing():
    (step,) = plan(Want(daemon={"debug": True}), daemon=None).steps
    assert step.said == "daemon.json debug: unset → true (dockerd reads it anew)"
    assert told(step) == "reload"


def test_a_damaged_file_is_not_replaced():
    (failure,) = plan(Want(daemon={"debug": True}), daemon_problem="line 1 column 2").failures
    assert failure.cause == "/etc/docker/daemon.json is no JSON: line 1 column 2"


def test_a_damaged_file_does_not_matter_to_who_declares_nothing():
    assert plan(Want(), daemon_problem="line 1 column 2").failures == ()


DOCKERD = """#!/bin/sh
case "$*" in
--help) echo '      --validate    Validate daemon configuration and exit';;
*) if grep -q bogus "$3"; then echo "unable to configure the Docker daemon: directive bogus" >&2; exit 1; fi;;
esac
"""


@pytest.fixture
def write(tmp_path):
    """Carry out the writing of daemon.json in a folder of its own, with a dockerd that dislikes the key bogus."""
    (tmp_path / "dockerd").write_text(DOCKERD)
    (tmp_path / "dockerd").chmod(0o755)
    (tmp_path / "daemon.json").write_text("old")

    def carry_out(daemon, path=f"PATH={tmp_path}:$PATH; "):
        steps = plan(Want(daemon=daemon), FRESH, key=READY.key, sources=READY.sources).steps
        act = next(step for step in steps if step.sentence.startswith("daemon.json")).does[0]
        line = path + act.line.replace("/etc/docker", str(tmp_path))
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        done.failure = explain("daemon.json", done.stderr.splitlines(), act.refusals)
        return done, (tmp_path / "daemon.json").read_text()

    return carry_out


def test_a_file_that_dockerd_approves_takes_its_place(write):
    done, text = write({"debug": True})
    assert (done.returncode, text) == (0, '{\n  "debug": true\n}\n')


def test_a_file_that_is_there_keeps_its_mode(write, tmp_path):
    (tmp_path / "daemon.json").chmod(0o600)
    write({"debug": True})
    assert (tmp_path / "daemon.json").stat().st_mode & 0o777 == 0o600


def test_a_file_that_dockerd_refuses_never_takes_its_place(write):
    done, text = write({"bogus": 1})
    assert (done.returncode, text) == (1, "old")
    assert done.failure.cause == "dockerd refuses daemon.json: unable to configure the Docker daemon: directive bogus"
    assert done.failure.remedy == "correct docker_engine.daemon"


def test_a_dockerd_that_cannot_check_is_not_asked(write):
    done, text = write({"bogus": 1}, path="")
    assert (done.returncode, "bogus" in text) == (0, True)


def test_a_key_that_is_null_is_taken_out_and_its_neighbours_stay():
    have = {"log-opts": {"max-size": "1m", "tag": "x"}, "dns": ["1.1.1.1"], "bip": "10.0.0.1/24"}
    want = Want(daemon={"log-opts": {"max-size": None}, "bip": None, "debug": None, "features": {"buildkit": None}})
    assert patched(have, want.daemon) == {"log-opts": {"tag": "x"}, "dns": ["1.1.1.1"], "features": {}}
    (step,) = plan(want, daemon=have).steps
    assert 'log-opts: {"max-size": "1m", "tag": "x"} → {"tag": "x"}' in step.sentence
    assert 'bip: "10.0.0.1/24" → unset' in step.sentence
    assert told(step) == "restart"
    assert plan(want, daemon=patched(have, want.daemon)).steps == ()


LATE = Running({"log-driver": "local", "debug": False, "live-restore": True}, stale=True)


def late(want, running, **different):
    return plan(Want(daemon=want, **different), daemon=want, running=running)


def test_a_file_that_is_newer_than_the_daemon_that_runs_is_a_change():
    (step,) = late({"log-opts": {"max-size": "1m"}, "log-driver": "local"}, LATE).steps
    assert step.said == (
        "dockerd runs with daemon.json: log-opts (the file was changed after dockerd had read it; dockerd is restarted)"
    )
    assert (told(step), step.diff) == ("restart", ())


def test_what_dockerd_reads_anew_of_a_newer_file_needs_no_restart():
    (step,) = late({"debug": True}, LATE).steps
    assert (told(step), step.ends) == ("reload", 0)
    assert step.sentence == "dockerd runs with daemon.json: debug"


def test_a_newer_file_whose_declared_keys_dockerd_shows_is_left_alone():
    assert late({"log-driver": "local", "debug": False}, LATE).steps == ()
    assert late({"debug": 0}, LATE).steps != (), "0 is not false"


def test_a_newer_file_that_the_daemon_was_told_of_is_left_alone():
    assert late({"log-opts": {"tag": "x"}}, dataclasses.replace(LATE, told="all")).steps == ()
    reloaded = dataclasses.replace(LATE, told="reloaded")
    assert late({"shutdown-timeout": 30}, reloaded).steps == ()
    assert sentences(late({"shutdown-timeout": 30, "dns": ["1.1.1.1"]}, reloaded)) == ["dockerd runs with daemon.json: dns"]


def test_a_restart_that_a_newer_file_needs_waits_for_containers():
    dns = {"dns": ["1.1.1.1"]}
    found = plan(Want(daemon=dns), daemon=dns, running=dataclasses.replace(LATE, shown={}), containers=1)
    assert (found.steps, [one.sentence for one in found.deferred]) == ((), ["dockerd runs with daemon.json: dns"])


def test_a_reload_does_not_vouch_for_what_needed_a_restart_before():
    (step,) = plan(Want(daemon={"debug": True}), daemon={"dns": ["1.1.1.1"]}, running=LATE).steps
    assert told(step) == "reload"
    assert 'cut -d\' \' -f1) reloaded" >"$notes/confirmed"' in step.does[0].line
    (step,) = plan(Want(daemon={"debug": True}), daemon={"dns": ["1.1.1.1"]}).steps
    assert 'cut -d\' \' -f1) all" >"$notes/confirmed"' in step.does[0].line


def test_a_daemon_of_which_nobody_knows_when_it_started_is_not_proved():
    unknown = Running(stale=None)
    assert late({"dns": []}, unknown).unproved == ("whether dockerd runs with its daemon.json: it is not known when it started",)
    assert plan(Want(), running=unknown).unproved == ()
    assert plan(Want(daemon={"dns": []}), daemon={"dns": []}, running=unknown, units={}).unproved == ()


def test_a_first_file_is_a_change_too():
    assert sentences(plan(Want(daemon={"data-root": "/srv"}), daemon=None)) == ['daemon.json data-root: unset → "/srv"']


LINK = ("/srv/config/daemon.json",)


def test_a_link_to_what_is_roots_alone_is_written_through():
    (step,) = plan(Want(daemon={"debug": True}), daemon={}, daemon_link=LINK).steps
    assert "readlink" in step.does[0].line


def test_a_link_to_where_others_may_write_is_refused_before_anything_is_changed():
    found = plan(Want(daemon={"debug": True}), daemon={}, daemon_link=(*LINK, "/srv/config"))
    (failure,) = found.failures
    assert failure.cause == (
        "/etc/docker/daemon.json is a link to /srv/config/daemon.json, and /srv/config is not root's alone:"
        " who may write there would be root on this host"
    )
    assert found.steps == ()


def test_such_a_link_does_not_matter_where_nothing_is_to_be_written():
    assert plan(Want(daemon={"debug": True}), daemon={"debug": True}, daemon_link=(*LINK, "/srv")).failures == ()


@pytest.mark.parametrize("have", [1, 1.0, "true", None])
def test_what_dockerd_would_refuse_is_not_as_declared(have):
    (step,) = plan(Want(daemon={"debug": True}), daemon={"debug": have}).steps
    assert step.sentence.startswith("daemon.json debug: ")


def test_no_password_is_said_and_the_file_keeps_it():
    have = {"proxies": {"http-proxy": "http://ada:hunter2@p:3128", "no-proxy": "x"}}
    (step,) = plan(Want(daemon={"proxies": {"no-proxy": "y"}}, apply="now"), daemon=have).steps
    assert "hunter2" not in step.said + "".join(step.diff)
    assert "http://xxxxx:xxxxx@p:3128" in step.said
    assert "http://ada:hunter2@p:3128" in step.does[0].line


@pytest.mark.parametrize(
    ("want", "state", "asked"),
    [
        ({}, {}, True),
        ({"apply": "now"}, {}, False),
        ({}, {"running": Running({"live-restore": True})}, False),
        ({"apply": "now"}, {"containers": 2}, False),
    ],
)
def test_a_restart_looks_for_containers_that_were_started_since(want, state, asked):
    (step,) = plan(Want(daemon={"log-driver": "local"}, **want), daemon={}, **{"containers": 0, **state}).steps
    assert told(step) == "restart"
    assert ("&& prove && idle &&" in step.does[0].line) is asked
