"""What a host says about daemons without root, read."""

import base64

import pytest
from support.looks import look

from pyinfra_wsl.resources.docker_engine.rootless_state import Kernel, Rootless
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.state import read

RUNS = "uid 1000\nhome /home/ada\nlinger yes\nunit yes\nenabled yes\ndata yes\nactive active\nsocket yes\ncontainers 2"


def ada(text=RUNS, config="absent", **sections):
    return read(look(user__ada="ada", rootless__ada=text, config__ada=config, **sections)).rootless["ada"]


def test_a_daemon_that_runs_is_read():
    config = base64.b64encode(b'{"debug": true}').decode()
    assert ada(config=config) == Rootless(
        1000,
        "/home/ada",
        linger=True,
        installed=True,
        enabled=True,
        running=True,
        containers=2,
        data=True,
        config={"debug": True},
        engine=Running(stale=None),
    )


def test_a_daemon_that_started_before_its_file_was_changed_is_read():
    running = "started 50000\nup 1000.00\nnow 5000.5\nchanged 4501.0\ninvocation i1\nnoted"
    info = base64.b64encode(b'{"LoggingDriver": "local"}').decode()
    engine = ada(running__ada=running, info__ada=info, plugins__ada="loki true").engine
    assert engine == Running({"log-driver": "local"}, ("loki",), stale=True)
    assert ada(running__ada=running.replace("4501.0", "4500.0")).engine.stale is False


def test_nothing_is_known_of_a_user_who_is_not_there():
    assert read(look(rootless__ada=(1, "id: 'ada': no such user"))).rootless == {}


@pytest.mark.parametrize("gone", ["socket yes", "active active"])
def test_a_daemon_runs_only_where_it_is_active_and_listens(gone):
    assert not ada(RUNS.replace(gone, "")).running
    assert not ada(RUNS.replace("active active", "active failed")).running
    assert ada(RUNS.replace("active active", "active activating")).running


def test_a_daemon_that_does_not_answer_has_nobody_knows_how_many_containers():
    assert ada(RUNS.replace("containers 2", "")).containers is None


def test_a_damaged_file_says_so():
    damaged = ada(config=base64.b64encode(b"{").decode())
    assert damaged.config is None
    assert damaged.config_problem


@pytest.mark.parametrize(
    ("subuid", "subgid", "enough"),
    [
        ("ada:100000:65536", "ada:100000:65536", (True, True)),
        ("1000:100000:65536", "ada:100000:65536", (True, True)),
        ("ada:100000:65536", "bob:100000:65536", (True, False)),
        ("ada:100000:1000", "ada:100000:65536", (False, True)),
        ("ada2:100000:65536", "ada2:100000:65536", (False, False)),
        ("# ada:100000:65536", "", (False, False)),
        ("", "", (False, False)),
    ],
)
def test_subordinate_ids_must_be_enough_of_both_kinds(subuid, subgid, enough):
    found = ada(subuid=subuid, subgid=subgid)
    assert (found.subuids, found.subgids) == enough


def test_subordinate_ids_of_a_directory_count_as_getsubids_finds_them():
    found = ada(f"{RUNS}\nsubuids yes\nsubgids yes", subuid="", subgid="")
    assert (found.subuids, found.subgids) == (True, True)


def test_the_kernel_is_read():
    namespaces = "user/max_user_namespaces 96365\nkernel/apparmor_restrict_unprivileged_userns 1\n/etc/apparmor.d/rootlesskit"
    kernel = read(look(namespaces=namespaces, netfilter="nf_tables builtin loaded\nip_tables insmod", subuid="ada:100000:65536"))
    assert kernel.kernel == Kernel(
        {"user.max_user_namespaces": "96365", "kernel.apparmor_restrict_unprivileged_userns": "1"},
        profile=True,
        loadable=("ip_tables",),
        loaded=("nf_tables",),
        ids=((100000, 65536),),
    )


@pytest.mark.parametrize("how", ["", "install", "builtin"])
def test_a_module_that_is_refused_or_built_in_is_not_to_be_loaded(how):
    assert read(look(netfilter=f"nf_tables {how}")).kernel.loadable == ()


def test_modules_that_are_loaded_at_each_start_are_read():
    assert read(look(modules="# comment\nnf_tables\nip_tables")).kernel.at_start == ("nf_tables", "ip_tables")
    assert read(look(modules=(1, "cat: no such file"))).kernel.at_start == ()
