"""Docker Engine on a Debian host that people arranged in their own way: links, a directory, secrets, a broken unit."""

import json

import pytest

from .fleet import assert_converged, assert_refused, assert_unchanged

FILE, TARGET = "/etc/docker/daemon.json", "/srv/docker/daemon.json"
DROP_IN = "/run/systemd/system/docker.service.d/broken.conf"
BROKEN = r"""[Service]
Type=notify
ExecStart=
ExecStart=/bin/sh -c 'echo "failed to start daemon: proxy http://ada:hunter2@proxy.example:3128 is none" >&2; exit 1'
"""


@pytest.fixture(scope="module")
def engine(repository):
    return {"repository": repository.url, "key_fingerprint": repository.fingerprint, "daemon": {"debug": True}}


@pytest.fixture(scope="module")
def fleet(make_container, fleet_of, engine):
    """A host that was converged over a link to a file without a byte."""
    made = fleet_of(make_container("engine-wild", "bookworm"), docker_engine=engine)
    made.host.out(f"mkdir -p /srv/docker /etc/docker; : > {TARGET}; chmod 640 {TARGET}; ln -s {TARGET} {FILE}")
    assert_converged(made.converge())
    return made


def test_a_link_stays_and_its_target_is_written(fleet):
    assert fleet.host.out(f"readlink {FILE}") == TARGET
    assert json.loads(fleet.host.out(f"cat {TARGET}")) == {"debug": True}
    assert fleet.host.out(f"stat -c %a {TARGET}") == "640"
    assert_unchanged(fleet.converge())


def test_a_link_to_where_a_user_may_write_is_refused(fleet, engine):
    fleet.host.out(f"chown ops {TARGET}")
    run = fleet.converge(docker_engine=engine | {"daemon": {"debug": False}})
    assert_refused(run, f"{FILE} is a link to {TARGET}", "is not root's alone")
    assert json.loads(fleet.host.out(f"cat {TARGET}")) == {"debug": True}
    fleet.host.out(f"chown root {TARGET}")
    assert_unchanged(fleet.converge())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark_is_merged_with(fleet, engine, encoding):
    line = f"import pathlib; pathlib.Path('{TARGET}').write_text('{{\\\"debug\\\": true, \\\"dns\\\": []}}', '{encoding}')"
    fleet.host.out(f'python3 -c "{line}"')
    assert_unchanged(fleet.converge())
    assert_converged(fleet.converge(docker_engine=engine | {"daemon": {"debug": False}}))
    assert json.loads(fleet.host.out(f"cat {TARGET}")) == {"debug": False, "dns": []}
    assert_converged(fleet.converge())


def test_a_user_of_a_directory_joins_the_group(fleet, engine):
    fleet.host.out("apt-get install -y --no-install-recommends libnss-extrausers", timeout=120)
    fleet.host.out(
        "sed -i 's/^\\(passwd\\|group\\):.*/& extrausers/' /etc/nsswitch.conf;"
        " echo 'lda:x:4000:4000:L:/home/lda:/bin/sh' > /var/lib/extrausers/passwd;"
        " printf 'domain users:x:4000:\\ndocker people:x:4001:lda\\n' > /var/lib/extrausers/group"
    )
    assert "docker people" in fleet.host.out("id -Gnz lda | tr '\\0' '\\n'").splitlines()
    declared = engine | {"users": ["lda"]}
    run = fleet.converge(docker_engine=declared)
    assert_converged(run)
    assert run.changes == ["lda joins the group docker: members of docker are root on this host"]
    assert "docker" in fleet.host.out("id -Gnz lda | tr '\\0' '\\n'").splitlines()
    assert_unchanged(fleet.converge(docker_engine=declared))


def test_no_password_in_a_file_is_shown(fleet, engine):
    secret = {"debug": True, "registry-mirrors": ["https://ada:hunter2@mirror.example"], "log-opts": {"splunk-token": "hunter2"}}
    fleet.host.out(f"echo '{json.dumps(secret)}' > {TARGET}")
    declared = engine | {"daemon": {"debug": False, "registry-mirrors": [], "log-opts": {"max-size": "1m"}}}
    dry = fleet.call("--dry", "--diff", docker_engine=declared)
    assert "https://xxxxx:xxxxx@mirror.example" in dry.stdout + dry.stderr
    assert "hunter2" not in dry.stdout + dry.stderr
    run = fleet.converge("--diff", "-vvv", "--debug", docker_engine=declared)
    assert_converged(run)
    assert "hunter2" not in run.output + json.dumps(run.result)
    assert json.loads(fleet.host.out(f"cat {TARGET}"))["log-opts"] == {"splunk-token": "hunter2", "max-size": "1m"}
    fleet.host.out(f"echo '{{\"debug\": true}}' > {TARGET}; systemctl restart docker")


def test_a_unit_that_does_not_start_is_told_with_its_journal(fleet):
    fleet.host.out(
        f"mkdir -p {DROP_IN.rpartition('/')[0]}; cat > {DROP_IN} <<'E'\n{BROKEN}E\nsystemctl daemon-reload; systemctl stop docker"
    )
    run = fleet.converge()
    assert_refused(
        run, "docker.service does not run: failed to start daemon: proxy http://xxxxx:xxxxx@proxy.example:3128 is none"
    )
    assert "journalctl -u docker.service" in run.failures[0]
    assert "hunter2" not in run.output + json.dumps(run.result)
    fleet.host.out(f"rm {DROP_IN}; systemctl daemon-reload; systemctl reset-failed docker")
    assert_converged(fleet.converge())
    assert_unchanged(fleet.converge())


def test_a_daemon_that_was_not_restarted_for_its_package_is(fleet, engine):
    declared = engine | {"version": "28.5.1"}
    assert_converged(fleet.converge(docker_engine=declared))
    fleet.host.out("sed -i 's/28.5.1/28.4.0/' /run/docker-info.json")
    assert fleet.converge(docker_engine=declared).changes == ["dockerd 28.4.0 runs → 28.5.1"]
    assert_unchanged(fleet.converge(docker_engine=declared))


def test_a_package_that_is_there_by_half_goes_too(fleet):
    status = "/^Package: docker-ce$/,/^$/s/ok installed/ok half-configured/"
    fleet.host.out(f"apt-mark unhold docker-ce; sed -i '{status}' /var/lib/dpkg/status")
    assert fleet.host.out("dpkg-query -W -f '${db:Status-Abbrev}' docker-ce").strip() == "iF"
    gone = {"state": "absent"}
    assert_converged(fleet.converge(docker_engine=gone))
    assert fleet.host.out("dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' | grep -E '^.[^nc].* docker-ce' || true") == ""
    assert_unchanged(fleet.converge(docker_engine=gone))
