"""The throw-away dockerd: started with the unit's own flags, of which those that must differ are replaced."""

import json
import subprocess
from pathlib import Path

import pytest

from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.resources.docker_engine.proof import Bed, script, twin

FAKES = {
    "busctl": """case "$*" in
*ExecStart) cat "$0.exec" ;;
*EnvironmentFiles) echo 'a(sb) 2 "/etc/default/docker" true "/etc/other file" false' ;;
*Environment) echo 'as 2 "HTTP_PROXY=http://proxy" "WORDS=a \\"b\\" $c `d`"' ;;
esac""",
    "systemd-run": """: >"$0.options"
while [ "$1" != -- ]; do printf '%s\\n' "$1" >>"$0.options"; shift; done; shift; exec "$@" """,
    "dockerd": """case "$*" in
--help) echo '  --validate  Validate' ;;
*--validate*) for f; do :; done
  ! grep -q bogus "$f" || { echo "unable to configure the Docker daemon with file $f: bogus"; exit 1; }
  printf '%s\\n' "$@" >"$0.validated"; echo "configuration OK" ;;
*) printf '%s\\n' "$@" >"$0.started"
   for f; do :; done; cat "$f" >"$0.config"
   ! grep -q journald "$f" || { echo "starting"; echo "failed to start daemon: no"; exit 1; } ;;
esac""",
    "docker": 'case "$*" in *info*) cat "$0.info" 2>/dev/null ;; esac; exit 0',
    "ss": 'case "$*" in *:2376) cat "$0.lines" 2>/dev/null ;; esac; exit 0',
    "systemctl": "exit 0",
    "ip": "exit 0",
    "mount": """printf '%s\\n' "$@" >"$0.mounted" """,
    "unshare": 'shift 4; exec "$@"',
}


class Host:
    """A folder with programs that stand in for systemd's and Docker's, and a bed for a daemon below it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name, text in FAKES.items():
            (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.bin / name).chmod(0o755)
        self.bed = Bed(str(folder / "daemon.json"), str(folder / "here"), str(folder / "data"))
        (folder / "data").mkdir()

    def prove(self, config, *words, count=1):
        """Prove a configuration for a unit that starts these words; return the failure, None where it is good."""
        argv = " ".join(f'"{word}"' for word in words)
        start = (
            f'a(sasbttttuii) {count} "/usr/bin/dockerd" {len(words)} {argv} false 1 2 3 4 5 0 0' if count else "a(sasbttttuii) 0"
        )
        (self.bin / "busctl.exec").write_text(start + "\n")
        candidate = self.folder / "candidate"
        candidate.write_text(json.dumps(config))
        shell = script(self.bed, config)
        line = f"PATH={self.bin}:$PATH; {shell.line}\nt={candidate}; prove"
        done = subprocess.run(["dash", "-c", line], capture_output=True, text=True, check=False)
        assert not (self.folder / "here").exists()
        return None if done.returncode == 0 else explain("daemon.json", done.stderr.splitlines(), shell.refusals)

    def heard(self, what):
        """Return the words that a program was given, with this host's folder as ~."""
        return [word.replace(str(self.folder), "~") for word in (self.bin / what).read_text().splitlines()]

    @property
    def config(self):
        """The configuration that the throw-away dockerd was given."""
        return json.loads((self.bin / "dockerd.config").read_text().replace(str(self.folder), "~"))


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


OWN = ["--data-root", "~/data/.pyinfra-wsl-dockerd", "--exec-root", "~/here/exec", "--pidfile", "~/here/pid"]
FILE = ["--config-file", "~/here/daemon.json"]


def test_a_unit_of_dockers_own(host):
    words = ["dockerd", "-H", "fd://", "--containerd=/run/containerd/containerd.sock"]
    assert host.prove({"debug": True}, *words) is None
    assert host.heard("dockerd.validated") == [*words[1:], "--validate", "--config-file", "~/candidate"]
    assert host.heard("dockerd.started") == ["--host", "unix://~/here/docker.sock", "--containerd=", *OWN, *FILE]
    assert host.config == {"debug": True}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"userns-remap": "default"}, []), ({}, ["--userns-remap=default"]), ({}, ["--userns-remap", "default"]),
        ({"userns-remap": "default", "data-root": "@/data/"}, []),
    ],
)  # fmt: skip
def test_a_remapped_daemon_sees_its_data_where_no_folder_above_keeps_it_out(host, config, words):
    """A daemon that is not remapped lets no remapped user into its own data."""
    config = {name: value.replace("@", str(host.folder)) for name, value in config.items()}
    assert host.prove(config, "dockerd", *words) is None
    started = host.heard("dockerd.started")
    assert "~/here.root" in (host.config.get("data-root"), *started)
    assert not any("/data" in word for word in started)
    assert host.heard("mount.mounted") == ["--bind", "~/data/.pyinfra-wsl-dockerd", "~/here.root"]
    assert all(word in started for word in words)
    assert sorted(one.name for one in host.folder.iterdir()) == ["bin", "candidate", "data"]
    assert list((host.folder / "data").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--label", "rack=7", "--iptables=false"], ["--label", "rack=7", "--iptables=false"]),
        (["-Hfd://"], []),
        (["-H=unix:///x"], []),
        (["--host=npipe://x"], []),
        (["--label", "a b 'c' *"], ["--label", "a b 'c' *"]),
        (["--label", "$OPTS and `x`"], ["--label", "$OPTS and `x`"]),
        (["-D", "--bip", "10.0.0.1/24"], ["-D", "--bip", "10.0.0.1/24"]),
    ],
)
def test_flags_that_need_not_differ_are_kept(host, words, kept):
    assert host.prove({}, "dockerd", *words) is None
    started = host.heard("dockerd.started")
    assert [word for word in started if word in kept] == kept
    assert started.count("--host") == 1
    assert "unix://~/here/docker.sock" in started
    assert not [word for word in started if word.startswith(("fd:", "unix:///x", "npipe:"))]


@pytest.mark.parametrize("flags", [["--data-root", "/away"], ["-g", "/away"], ["--graph=/away"], ["-g/away"]])
def test_the_data_lies_below_the_units_own_and_goes(host, flags):
    away = host.folder / "away/deep"
    assert host.prove({}, "dockerd", *(flag.replace("/away", str(away)) for flag in flags)) is None
    started = host.heard("dockerd.started")
    assert started[started.index("--data-root") + 1] == "~/away/deep/.pyinfra-wsl-dockerd"
    assert started.count("--data-root") == 1
    assert not (host.folder / "away").exists()


def test_data_that_is_there_stays(host):
    (host.folder / "data/volumes").mkdir()
    assert host.prove({}, "dockerd") is None
    assert [one.name for one in (host.folder / "data").iterdir()] == ["volumes"]


def test_what_a_cut_proof_left_goes_and_nothing_else(host):
    data = host.folder / "srv/docker"
    (data / ".pyinfra-wsl-dockerd/overlay2").mkdir(parents=True)
    (data / "volumes").mkdir()
    (host.folder / "here").mkdir()
    (host.folder / "here/made").write_text(f"{data}/.pyinfra-wsl-dockerd\n{host.folder}/srv\n")
    assert host.prove({}, "dockerd") is None
    assert [one.name for one in data.iterdir()] == ["volumes"]


def test_keys_that_must_differ_are_replaced_and_stay_keys(host):
    config = {
        "hosts": ["fd://", "tcp://10.0.0.1:2376"], "data-root": f"{host.folder}/data", "exec-root": "/run/d", "pidfile": "/run/p",
        "containerd": "/run/c.sock", "dns": ["1.1.1.1"],
    }  # fmt: skip
    assert host.prove(config, "dockerd") is None
    assert host.config == {
        "hosts": ["tcp://10.0.0.1:2376", "unix://~/here/docker.sock"], "data-root": "~/data/.pyinfra-wsl-dockerd",
        "exec-root": "~/here/exec", "pidfile": "~/here/pid", "containerd": "", "dns": ["1.1.1.1"],
    }  # fmt: skip
    assert host.heard("dockerd.started") == FILE


def test_a_key_that_is_a_flag_too_stays_both_for_dockerd_to_refuse(host):
    assert host.prove({"hosts": ["fd://"], "pidfile": "/p"}, "dockerd", "-H", "fd://", "-p", "/p") is None
    started = host.heard("dockerd.started")
    assert ("--host" in started, "--pidfile" in started) == (True, True)
    assert {"hosts", "pidfile"} <= host.config.keys()


def test_environment_and_its_files_are_the_units(host):
    host.prove({}, "dockerd", "$DOCKER_OPTS")
    options = host.heard("systemd-run.options")
    assert "--setenv=HTTP_PROXY=http://proxy" in options
    assert '--setenv=WORDS=a "b" $c `d`' in options
    assert "--property=EnvironmentFile=-/etc/default/docker" in options
    assert "--property=EnvironmentFile=/etc/other file" in options


def test_words_before_dockerd_are_passed_over(host):
    assert host.prove({}, "/usr/bin/env", "A=b", "/opt/docker/dockerd", "-D") is not None, "there is no /opt/docker/dockerd"
    assert host.prove({}, "/usr/bin/nice", f"{host.bin}/dockerd", "-D") is None
    assert "-D" in host.heard("dockerd.started")


def test_a_unit_that_starts_something_else_proves_nothing(host):
    failure = host.prove({}, "/usr/local/bin/start-docker", "--fast")
    assert "its unit starts no dockerd, but: /usr/local/bin/start-docker --fast" in failure.cause


def test_a_unit_that_reads_another_file_proves_nothing(host):
    failure = host.prove({}, "dockerd", "--config-file=/etc/other.json")
    assert f"its unit reads /etc/other.json and not {host.folder}/daemon.json" in failure.cause
    assert host.prove({}, "dockerd", "--config-file", f"{host.folder}/daemon.json") is None


def test_without_a_unit_dockerd_is_started_as_it_is(host):
    assert host.prove({}, count=0) is None
    assert host.heard("dockerd.started")[-2:] == FILE


def test_the_line_that_names_the_cause_is_told_with_the_files_own_name(host):
    failure = host.prove({"bogus": 1}, "dockerd")
    named = f"unable to configure the Docker daemon with file {host.folder}/daemon.json: bogus"
    assert failure.cause == f"dockerd would not start with this daemon.json: {named}"
    assert host.prove({"log-driver": "journald"}, "dockerd").cause.endswith(": failed to start daemon: no")


def test_a_data_root_that_is_no_absolute_path_proves_nothing(host):
    assert "data-root data is no absolute path" in host.prove({"data-root": "data"}, "dockerd").cause


def test_a_log_driver_that_nobody_has_would_let_no_container_start(host):
    (host.bin / "docker.info").write_text('loki ["json-file","local"]\n')
    assert host.prove({"log-driver": "loki"}, "dockerd").cause.endswith("there is no log driver loki")
    for known in ('local ["json-file","local"]', 'none ["json-file"]', "", '{"LoggingDriver": "x"}'):
        (host.bin / "docker.info").write_text(known)
        assert host.prove({}, "dockerd") is None, known


def test_a_port_that_somebody_else_holds_is_named(host):
    listens = 'LISTEN 0 4096 0.0.0.0:2376 0.0.0.0:* users:(("nginx",pid=7,fd=3))\n'
    (host.bin / "ss.lines").write_text(listens)
    config = {"hosts": ["tcp://0.0.0.0:2375", "tcp://0.0.0.0:2376", "unix:///var/run/docker.sock"]}
    assert host.prove(config, "dockerd").cause.endswith('port 2376 of hosts is taken by "nginx",pid=7')
    assert not (host.bin / "dockerd.started").exists()
    (host.bin / "ss.lines").write_text(listens.replace("nginx", "dockerd"))
    assert host.prove(config, "dockerd") is None


def test_plugins_are_not_asked_of_a_daemon_that_has_none():
    config = {"log-driver": "loki", "log-opts": {"loki-url": "http://x"}, "authorization-plugins": ["opa", "x"], "debug": True}
    assert twin(config, "/h", ["loki:latest", "opa:latest"]) == {"authorization-plugins": ["x"], "debug": True}
    assert twin(config, "/h") == config, "nobody has them: dockerd refuses them"
    assert twin({"log-driver": "local", "log-opts": {}}, "/h", ["loki"]) == {"log-driver": "local", "log-opts": {}}
