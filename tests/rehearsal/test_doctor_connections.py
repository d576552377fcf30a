"""The way to a laptop as the doctor tells it: each of these laptops has one thing wrong, and one beside them has nothing."""

import contextlib
import json
import signal
import socket
import subprocess
import threading

import asyncssh
import pytest
from stage import BIN

from pyinfra_wsl.lab.range.server import POWERSHELL

INVENTORY = """
import json
from pathlib import Path

from pyinfra_wsl import inventory

here = Path(__file__).resolve().parent
globals().update(inventory.groups(here / "fleet.yml", json.loads((here / "odd.json").read_text())))
"""
LAPTOPS = (
    "GOOD", "NO-KEY", "PUBLIC", "OPEN", "OTHER-KEY", "PASSWORD", "WRONG-PASSWORD", "UNKNOWN", "CHANGED", "NEW", "NAME", "OFF",
    "NO-SSH", "NO-POWERSHELL", "NOT-OURS", "BASH",
)  # fmt: skip
TABLE = {  # laptop: (check, verdict, words, beginning of the remedy)
    "GOOD": ("key", "ok", "can be used", ""),
    "NO-KEY": ("key", "fault", "is not there", "make it with ssh-keygen"),
    "PUBLIC": ("key", "fault", "is a public key", "name the private key beside it"),
    "OPEN": ("key", "note", "other accounts of this machine may read it", "chmod 600"),
    "OTHER-KEY": ("logon", "fault", "refuses user fleet-admin", "check key or password"),
    "PASSWORD": ("key", "ok", "no key is declared: a password is declared", ""),
    "WRONG-PASSWORD": ("logon", "fault", "refuses user fleet-admin", "check key or password"),
    "UNKNOWN": ("known host", "fault", "is not in known_hosts", "verify the key, then add it with ssh-keyscan"),
    "CHANGED": ("known host", "fault", "is not the known one", "find out why before you replace it"),
    "NEW": ("known host", "note", "is in no file of known hosts", ""),
    "NAME": ("address", "fault", "the name laptop.invalid", "check the address in the fleet file"),
    "OFF": ("port", "fault", "no SSH server on 127.0.0.1", "turn the laptop on"),
    "NO-SSH": ("port", "fault", "127.0.0.1", ""),
    "NO-POWERSHELL": (
        "PowerShell",
        "fault",
        "PowerShell does not start the agent",
        "look whether powershell.exe of Windows starts",
    ),
    "NOT-OURS": ("look", "fault", "what answers is not our agent", "look at what the account's PowerShell profile prints"),
    "BASH": ("shell", "note", "sshd starts bash.exe, which is not supported", "set DefaultShell"),
}
SECRET = "staple-9"


def generate(path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    return key


def odd(rehearsal, state, folder, server):
    """Return for each laptop what of the lab's own data is different."""
    lab_key = folder / "open"
    lab_key.write_bytes((rehearsal.folder / ".lab" / "id_ed25519").read_bytes())
    lab_key.chmod(0o644)
    other = generate(folder / "other")
    (folder / "pub").write_bytes(other.export_public_key())
    (folder / "empty").write_text("")
    port = state["laptops"]["LT-CHANGED"]["port"]
    (folder / "changed").write_text(f"[127.0.0.1]:{port} {other.export_public_key().decode()}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = free.getsockname()[1]
    no_key = {"ssh_key": None, "ssh_allow_agent": False, "ssh_look_for_keys": False}
    return {
        "NO-KEY": {"ssh_key": str(folder / "nowhere")},
        "PUBLIC": {"ssh_key": str(folder / "pub")},
        "OPEN": {"ssh_key": str(lab_key)},
        "OTHER-KEY": {"ssh_key": str(folder / "other"), "ssh_allow_agent": False, "ssh_look_for_keys": False},
        "PASSWORD": no_key | {"ssh_password": "correct horse"},
        "WRONG-PASSWORD": no_key | {"ssh_password": SECRET},
        "UNKNOWN": {"ssh_known_hosts_file": str(folder / "empty")},
        "CHANGED": {"ssh_known_hosts_file": str(folder / "changed")},
        "NEW": {"ssh_known_hosts_file": str(folder / "empty"), "ssh_strict_host_key_checking": "accept-new"},
        "NAME": {"ssh_hostname": "laptop.invalid"},
        "OFF": {"ssh_port": nobody},
        "NO-SSH": {"ssh_port": server.getsockname()[1]},
    }


def break_them(rehearsal):
    machine = rehearsal.stage.machine
    machine("LT-NO-POWERSHELL").files.remove(POWERSHELL)
    machine("LT-NOT-OURS").faults.lie = lambda _line: b"Welcome to CORP.\n"
    machine("LT-BASH").registry.set(r"HKLM\SOFTWARE\OpenSSH", "DefaultShell", "String", r"C:\Program Files\Git\bin\bash.exe")


def serve(server):
    """Answer as no SSH server does, to whoever calls, until it is closed."""
    with contextlib.suppress(OSError):
        while True:
            connection, _address = server.accept()
            with connection:
                connection.sendall(b"\x1b]0;EVIL\x07 220 mail.corp.example\r\n" * 300)


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(**{f"LT_{name.replace('-', '_')}": "converged" for name in LAPTOPS})


@pytest.fixture(scope="module")
def run(rehearsal, tmp_path_factory):
    folder, state = tmp_path_factory.mktemp("odd"), rehearsal.state()
    break_them(rehearsal)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        different = odd(rehearsal, state, folder, server)
        common = {
            "ssh_user": state["user"], "ssh_key": state["key"], "ssh_known_hosts_file": state["known_hosts"],
            "ssh_strict_host_key_checking": "yes", "ssh_hostname": "127.0.0.1",
        }  # fmt: skip
        data = {
            f"LT-{name}": common | {"ssh_port": state["laptops"][f"LT-{name}"]["port"]} | different.get(name, {})
            for name in LAPTOPS
        }
        data = {laptop: {key: one for key, one in its.items() if one is not None} for laptop, its in data.items()}
        (rehearsal.folder / "inventory" / "odd.json").write_text(json.dumps(data))
        (rehearsal.folder / "inventory" / "odd.py").write_text(INVENTORY)
        done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/odd.py", "--json")
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert done.returncode == 1, done.stdout + done.stderr
    return done, {one["host"]: one["lines"] for one in json.loads(done.stdout)["hosts"]}, folder


@pytest.mark.parametrize("name", LAPTOPS)
def test_what_is_wrong_on_the_way_is_named_with_a_next_step(run, name):
    check, verdict, words, remedy = TABLE[name]
    told = run[1][f"LT-{name}"]
    fitting = [one for one in told if (one["check"], one["verdict"]) == (check, verdict) and words in one["cause"]]
    assert fitting, [one for one in told if one["verdict"] != "ok" or one["check"] == check]
    assert fitting[0]["remedy"].startswith(remedy)
    assert [one["check"] for one in told if one["verdict"] == "fault"] == ([check] if verdict == "fault" else [])


STOPPED = tuple(name for name, one in TABLE.items() if one[1] == "fault")


@pytest.mark.parametrize("name", STOPPED)
def test_what_lies_behind_is_not_called_well(run, name):
    told = run[1][f"LT-{name}"]
    place = next(number for number, one in enumerate(told) if one["verdict"] == "fault")
    assert all(one["verdict"] == "ok" for one in told[:place])
    assert told[place]["remedy"]
    assert [one["check"] for one in told[place + 1 :]] == ["not looked at"]
    assert "Docker Desktop" in told[-1]["cause"]


def test_the_good_one_is_all_well(run):
    assert {one["verdict"] for one in run[1]["LT-GOOD"]} == {"ok"}


def test_nobody_is_asked_for_a_password_or_shown_one(run):
    assert SECRET not in run[0].stdout + run[0].stderr


def test_a_key_that_is_new_is_not_written_down(run):
    (line,) = [one for one in run[1]["LT-NEW"] if one["check"] == "known host"]
    assert line["deploy"].startswith("would accept it and write it down")
    assert (run[2] / "empty").read_text() == ""


def test_powershell_as_the_default_shell_is_said_so(make_stage):
    made = make_stage(default_shell="powershell", LT_PS="converged")
    done = made.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--host", "LT-PS")
    assert "sshd starts powershell.exe" in done.stdout
    assert done.returncode == 0


WRONG = {  # one that is wrong Python, or raises: test_inventory_errors.py
    "inventory/nowhere.py": "no such inventory",
    "inventory/empty.py": "has no hosts",
    "inventory/nowhere.yml": "nowhere.yml",
    "inventory/wrong.yml": "hosts",
}


@pytest.mark.parametrize("path", WRONG)
def test_an_inventory_that_is_none_is_wrong_usage(rehearsal, path):
    folder = rehearsal.folder / "inventory"
    (folder / "empty.py").write_text("all = []\n")
    (folder / "wrong.yml").write_text("hosts: [LT-1]\n")
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert WRONG[path] in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_host_that_is_none_is_wrong_usage(rehearsal):
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--host", "LT-NONE")
    assert done.returncode == 2
    assert "has no host LT-NONE. Next: name one that it has: LT-" in done.stderr


def test_a_fleet_file_is_an_inventory_too(rehearsal):
    """Its laptops are at no address that answers here, which is a fault and no error."""
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/fleet.yml", "--host", "LT-GOOD")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Next: LT-GOOD: " in done.stdout


def test_somebody_elses_host_is_said_to_be_none_of_ours(rehearsal):
    (rehearsal.folder / "local.py").write_text('all = ["@local"]\n')
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "local.py")
    assert done.returncode == 1
    assert "@local is not reached by @winssh, @psrp or @linssh" in done.stdout


def test_who_breaks_it_off_waits_for_nobody_and_reads_no_traceback(tmp_path):
    """The port is open, and whoever listens there says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        connection = {"port": mute.getsockname()[1], "user": "x"}
        (tmp_path / "fleet.yml").write_text(json.dumps({"hosts": {"LT-1": {"address": "127.0.0.1", "connection": connection}}}))
        command, streams = [BIN / "pyinfra-wsl", "doctor", "fleet.yml"], {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        doctor = subprocess.Popen(command, cwd=tmp_path, text=True, **streams)
        mute.accept()
        doctor.send_signal(signal.SIGINT)
        said = doctor.communicate(timeout=10)[0]
    assert doctor.returncode == 128 + signal.SIGINT
    assert said == "Broken off; nothing was changed.\n"
