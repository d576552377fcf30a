"""Planted secrets: they occur in no output, in no file that a run leaves, and in no command line of a laptop."""

import hashlib
import os

import pytest
import yaml
from stage import BIN, ROOT
from support import starts

PASSWORDS = {"LT-ENV": "pl4nted-env", "LT-COMMAND": "pl4nted command", "LT-PROMPT": "pl4nted-prompt"}
IN_SOURCE = "pl4nted-source"
INVENTORY = """
from pyinfra_wsl import inventory
globals().update(inventory.groups("inventory/fleet.yml", {overlay!r}))
"""


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(LT_ENV="fresh-en", LT_COMMAND="converged", LT_PROMPT="converged")


@pytest.fixture(scope="module")
def lines(rehearsal):
    """Let each laptop want a password, whose source the fleet file names; return the command lines of all laptops."""
    seen = []
    sources = {
        "LT-ENV": {"env": "FLEET_PW"},
        "LT-COMMAND": {"command": ["python3", "-c", "print('planted'.replace('a', '4') + ' command')"]},
        "LT-PROMPT": "prompt",
    }
    overlay = {}
    for name, password in PASSWORDS.items():
        machine = rehearsal.stage.machine(name)
        machine.account("fleet-admin").password = password
        add = machine.processes.add

        def note(exe, token, parent=0, command_line="", add=add):
            seen.append(command_line)
            return add(exe, token, parent, command_line)

        machine.processes.add = note
        state = rehearsal.state()
        overlay[name] = {
            "ssh_hostname": "127.0.0.1", "ssh_port": state["laptops"][name]["port"], "ssh_known_hosts_file": state["known_hosts"],
            "ssh_allow_agent": False, "ssh_look_for_keys": False, "user": "console",
        }  # fmt: skip

    def change(fleet):
        fleet["defaults"]["connection"] = {"user": "fleet-admin"}
        for name, source in sources.items():
            fleet["hosts"][name]["connection"] = {"password_from": source}

    rehearsal.edit(change)
    (rehearsal.folder / "secret.py").write_text(INVENTORY.format(overlay=overlay))
    return seen


def call(rehearsal, *command):
    environment = os.environ | {"FLEET_PW": PASSWORDS["LT-ENV"], "PYINFRA_PROGRESS": "off"}
    done = starts.run(command, rehearsal.folder, environment, answers=f"{PASSWORDS['LT-PROMPT']}\n", timeout=240)
    return done.returncode, done.stdout + done.stderr


def written(rehearsal):
    """Yield every file below the work folder, and what it holds; a person's own program prints a password."""
    for path in rehearsal.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()


def hold(rehearsal, lines, said):
    for secret in (*PASSWORDS.values(), IN_SOURCE):
        assert secret not in said
        assert not [line for line in lines if secret in line]
        assert not [path for path, data in written(rehearsal) if secret.encode() in data]


PYINFRA = [
    ("debug-inventory",),
    ("debug-inventory", "--json"),
    ("fact", "pyinfra_wsl.facts.Wsl"),
    ("fact", "pyinfra_wsl.facts.Wsl", "--json"),
    (ROOT / "deploy.py", "--dry", "--debug"),
    (ROOT / "deploy.py", "-y", "--debug", "-vvv"),
    (ROOT / "deploy.py", "-y", "--json"),
    ("exec", "--", "hostname"),
]


@pytest.mark.parametrize("command", PYINFRA, ids=lambda command: " ".join(str(word).rpartition("/")[2] for word in command))
def test_no_password_is_shown_or_left_by_pyinfra(rehearsal, lines, command):
    code, said = call(rehearsal, BIN / "pyinfra", "secret.py", *command)
    assert code == 0, said
    assert "Traceback" not in said
    hold(rehearsal, lines, said)
    if "debug-inventory" in command:
        assert said.count('"ssh_password": "***"') == len(PASSWORDS)


@pytest.mark.parametrize(
    "command", [("validate", "inventory/fleet.yml"), ("validate", "inventory/fleet.yml", "--show", "LT-ENV"), ("report",)]
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_nor_by_our_own_commands(rehearsal, lines, command, more):
    call(rehearsal, BIN / "pyinfra", "secret.py", "exec", "--", "hostname")
    code, said = call(rehearsal, BIN / "pyinfra-wsl", *command, *(more if command[-1] != "inventory/fleet.yml" else ()))
    assert code in (0, 1, 2), said
    assert "Traceback" not in said
    hold(rehearsal, lines, said)


def test_a_wrong_password_is_a_failure_that_does_not_show_it(rehearsal, lines):
    account = rehearsal.stage.machine("LT-COMMAND").account("fleet-admin")
    account.password = "another"
    try:
        _code, said = call(rehearsal, BIN / "pyinfra", "secret.py", "exec", "--debug", "--", "hostname")
    finally:
        account.password = PASSWORDS["LT-COMMAND"]
    assert "refuses user fleet-admin" in said
    hold(rehearsal, lines, said)


ADDRESSES = [
    f"https://ada:{IN_SOURCE}@files.example.org/ubuntu.tar.gz",
    f"https://files.example.org/ubuntu.tar.gz?sig={IN_SOURCE}",
    f"https://files.example.org/ubuntu.tar.gz?X-Amz-Signature={IN_SOURCE}&x=1",
    f"https://files.example.org/ubuntu.tar.gz?a={IN_SOURCE}",
    f"ada:{IN_SOURCE}@files.example.org",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_secret_in_a_source_is_refused_by_the_fleet_file_with_the_way_that_works(rehearsal, lines, address):
    path = rehearsal.folder / "inventory" / "fleet.yml"
    right = path.read_text()
    fleet = yaml.safe_load(right)
    fleet["groups"]["developers"]["wsl_distros"]["Ubuntu-24.04"]["source"] = address
    path.write_text(yaml.safe_dump(fleet))
    try:
        outputs = [
            call(rehearsal, BIN / "pyinfra-wsl", "validate", "inventory/fleet.yml", "--show", "LT-ENV"),
            call(rehearsal, BIN / "pyinfra", "secret.py", "debug-inventory"),
            call(rehearsal, BIN / "pyinfra", "secret.py", ROOT / "deploy.py", "-y", "--debug"),
        ]
    finally:
        path.write_text(right)
    for code, said in outputs:
        assert code == 1
        assert "wsl_distros.Ubuntu-24.04.source: is an address with" in said
        assert "put the file beside the fleet file or on a share" in said
        hold(rehearsal, lines, said)


@pytest.mark.parametrize("address", ADDRESSES)
def test_and_by_operations(rehearsal, lines, address, tmp_path):
    # The file with the operation holds the secret, as its author wrote it; it lies outside of the folder that is looked through.
    (tmp_path / "own.py").write_text(
        "from pyinfra_wsl.operations import wsl_distro\n"
        f"wsl_distro.present(name='Distribution', distro='X', source={address!r}, sha256={'0' * 64!r})\n"
    )
    code, said = call(rehearsal, BIN / "pyinfra", "secret.py", tmp_path / "own.py", "-y", "--limit", "LT-ENV")
    assert code == 1
    assert "source: is an address with" in said
    assert "put the file beside the fleet file or on a share" in said
    hold(rehearsal, lines, said)


def test_an_address_without_secret_stands_on_no_command_line_either(rehearsal, lines):
    machine = rehearsal.stage.machine("LT-ENV")
    data = (rehearsal.folder / "inventory" / "images" / "ubuntu-24.04.tar.gz").read_bytes()
    machine.internet["https://files.example.org/u.tar.gz"] = data
    (rehearsal.folder / "own.py").write_text(
        "from pyinfra_wsl.operations import wsl_distro\n"
        "wsl_distro.present(name='Distribution', distro='Own', source='https://files.example.org/u.tar.gz', "
        f"sha256={hashlib.sha256(data).hexdigest()!r})\n"
    )
    code, said = call(rehearsal, BIN / "pyinfra", "secret.py", "own.py", "-y", "--limit", "LT-ENV")
    assert code == 0, said
    fetched = [line for line in lines if "curl.exe" in line]
    assert fetched
    assert not [line for line in fetched if "files.example.org" in line]
