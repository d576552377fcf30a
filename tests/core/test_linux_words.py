"""What is told of a failed command is the line that names the cause: real outputs, in tests/core/words.

apt's and dpkg's are of Debian 12, made with a repository, a disk and a network that were broken for it; dnf's are from reports to
docker/docs (issues 18041, 19931, 20521), docker/desktop-linux, rpm-software-management/dnf5 (376, 518, 722, 2543) and
dyrnq/install-docker (22).
"""

import subprocess
from pathlib import Path

import pytest

from pyinfra_wsl.core.linux.cause import JOURNAL
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.units import watched

WORDS = Path(__file__).parent / "words"

TOLD = {
    "apt-unknown-package": ("no_package", "no repository of the host has the package docker-nonesuch"),
    "apt-unknown-version": ("no_package", "version 5:99* of docker-ce"),
    "apt-unmet": ("", "docker-ce : Depends: containerd.io (>= 9) but it is not going to be installed; Depends: iptables but"),
    "apt-held": ("", "E: Held packages were changed and -y was used without --allow-change-held-packages.; held: good"),
    "apt-lock-install": ("locked", "apt is held by python3 (process 14488, lock dpkg/lock-frontend)"),
    "apt-lock-update": ("locked", "apt is held by python3 (process 14488, lock lists/lock)"),
    "apt-interrupted": ("interrupted", "an installation was cut on this host before"),
    "apt-no-network": ("network", "http://nonesuch.invalid/debian/./InRelease Could not resolve 'nonesuch.invalid'"),
    "apt-refused-update-then-install": ("network", "http://127.0.0.1:9/debian/./InRelease Could not connect to 127.0.0.1:9"),
    "apt-not-found": ("no_repository", "the package server answers 404 for http://127.0.0.1:18977/./good_1_all.deb"),
    "apt-unsigned": ("no_repository", "The repository 'file:repo ./ Release' does not have a Release file."),
    "apt-no-pubkey": ("signature", "GPG error: file:repo ./ InRelease: "),
    "apt-no-pubkey-install": ("signature", "NO_PUBKEY 0EB46941504BC46F"),
    "apt-hash-mismatch": ("hash", "http://127.0.0.1:18977/./good_1_all.deb Hash Sum mismatch"),
    "apt-release-mismatch": ("hash", "file:repo/./Packages Hash Sum mismatch"),
    "apt-size-mismatch": ("hash", "File has unexpected size (641 != 632)"),
    "apt-postinst": ("", "package bad (--configure): installed bad package post-installation script subprocess returned error"),
    "apt-overwrite": ("", "trying to overwrite '/etc/same', which is also in package filea 1"),
    "apt-disk-full-archives": ("disk_full", "the disk of the host is full"),
    "apt-disk-full-inst": ("disk_full", "the disk of the host is full"),
    "dnf4-404": ("no_repository", "answers 404 for https://download.docker.com/linux/fedora/8/x86_64/stable/repodata/repomd.xml"),
    "dnf4-tls": ("network", "Curl error (35): SSL connect error for https://download.docker.com/linux/centos/10"),
    "dnf4-no-match": ("no_package", "no repository of the host has the package docker-ce"),
    "dnf4-nothing-provides": ("", "nothing provides docker-ce-cli needed by docker-desktop-4.10.1-82475.x86_64"),
    "dnf4-transaction-test": ("", "Error: Transaction test error: file /usr/lib64/gstreamer-1.0/libgstamrnb.so from install of"),
    "dnf4-disk-full": ("disk_full", "the disk of the host is full"),
    "dnf4-unsigned": ("signature", "GPG check FAILED"),
    "dnf5-transaction": ("", "Transaction failed: Rpm transaction failed: file /usr/share/doc/p11-kit/NEWS from install of"),
    "dnf5-resolve": ("", "cannot install both tito-0.6.24-1.git.0.2a15b8c.fc39.noarch and tito-0.6.24-2.fc39.noarch"),
    "dnf5-no-match": ("no_package", "no repository of the host has the package docker-ce"),
    "dnf5-unsigned": ("signature", "The package is not signed."),
}
NOISE = ("Sub-process", 'See "systemctl', "have been ignored", "--fix-missing", "dependency problems", "skip-broken")


@pytest.mark.parametrize("name", sorted(TOLD))
def test_the_line_that_names_the_cause_is_told(name):
    code, told = TOLD[name]
    failure = explain("install x", (WORDS / f"{name}.txt").read_text().splitlines())
    assert told in failure.cause
    assert failure.code == code
    assert failure.remedy
    assert "\n" not in failure.cause
    assert not [noise for noise in NOISE if noise in failure.cause]


def test_every_output_that_was_kept_is_tried():
    assert {path.stem for path in WORDS.glob("*.txt")} == set(TOLD)


def test_what_apt_warned_of_before_is_not_the_cause():
    """A repository of somebody else's that cannot be reached, and a package that is held: it is the second that ended it."""
    lines = [line for name in ("apt-no-network", "apt-held") for line in (WORDS / f"{name}.txt").read_text().splitlines()]
    assert "held: good" in explain("install x", lines).cause


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_long_line_is_told_in_part(size):
    assert len(explain("x", ["E: " + "a b " * size]).cause) <= 500


JOB = 'Job for docker.service failed because the control process exited with error code.\nSee "systemctl status docker.service"'
SAID = [
    'time="2026-11-27T09:28:28.826421596Z" level=info msg="Starting up"',
    "failed to start daemon: error initializing graphdriver: driver not supported: foo",
    "docker.service: Main process exited, code=exited, status=1/FAILURE",
    "docker.service: Failed with result 'exit-code'.",
    "Failed to start docker.service - Docker Application Container Engine.",
]


def journal(unit, lines):
    return [f"{JOURNAL} {unit} {line}" for line in lines]


def test_of_a_unit_that_does_not_start_its_journal_is_told():
    failure = explain("docker.service runs", [*JOB.splitlines(), *journal("docker.service", SAID)])
    assert failure.cause == f"docker.service runs: docker.service does not run: {SAID[1]}"
    assert "journalctl -u docker.service" in failure.remedy
    assert failure.code == "start"


def test_its_last_word_is_told_without_what_the_daemons_log_puts_around_it():
    fatal = r'time="2026-11-27T09:28:28Z" level=fatal msg="open \"/x\": permission denied" error="y"'
    cause = explain("x", [*JOB.splitlines(), *journal("docker.service", [SAID[0], fatal])]).cause
    assert cause == 'x: docker.service does not run: open "/x": permission denied'


def test_another_unit_is_blamed_only_where_the_job_waited_for_it():
    other = journal("containerd.service", ["containerd: failed to start containerd: no such file"])
    assert "containerd.service does not run" in explain("x", [*JOB.splitlines(), *other]).cause
    assert "containerd" not in explain("x", ["modprobe: ERROR: strange", *other]).cause
    assert "graphdriver" in explain("x", [*JOB.splitlines(), *other, *journal("docker.service", SAID)]).cause


def test_a_unit_without_a_journal_leaves_systemctls_own_words():
    assert explain("x", JOB.splitlines()).cause.startswith("x: Job for docker.service failed because")


SYSTEMCTL = r"""systemctl() { case $1 in restart) echo "Job for docker.service failed." >&2; return 5;;
  list-units) echo "docker.service loaded activating auto-restart Docker";; esac; }
journalctl() { case $* in *--sync*) ;; *) printf 'failed to start daemon: \033[1mno\n%s\n' "\\x41 %s & |";; esac; }
"""


def _run(shell, line):
    return subprocess.run([shell, "-c", SYSTEMCTL + watched(line)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_command_that_fails_reads_the_journal_at_once_and_keeps_its_exit_code(shell):
    done = _run(shell, "systemctl restart docker.service")
    assert done.returncode == 5
    assert done.stderr.splitlines()[1:] == [
        f"{JOURNAL} docker.service failed to start daemon: [1mno", f"{JOURNAL} docker.service \\x41 %s & |",
    ]  # fmt: skip
    assert explain("x", done.stderr.splitlines()).cause == "x: docker.service does not run: failed to start daemon: [1mno"


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_command_that_succeeds_asks_nothing_more(shell):
    done = _run(shell, "echo done")
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.mark.parametrize(
    "line",
    [
        "E: Failed to fetch http://ada:hunter2@mirror/x  401  Unauthorized [IP: 1.2.3.4 80]",
        "Could not resolve 'ada:hunter2@mirror'",
        "W: GPG error: https://ada:hunter2@mirror InRelease: NO_PUBKEY 1",
        "  - Status code: 401 for https://ada:hunter2@mirror/repomd.xml (IP: 1.2.3.4)",
        f"{JOURNAL} docker.service failed to start daemon: invalid proxy http://ada:hunter2@proxy",
        "E: " + "a" * 380 + " https://ada:hunter2" + "b" * 300 + "@mirror",
    ],
)
def test_no_secret_is_told(line):
    failure = explain("x", [*JOB.splitlines(), line])
    assert "hunter2" not in failure.cause + failure.remedy
