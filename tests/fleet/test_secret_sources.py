"""The examples of docs/secrets.md, run with stand-ins that take the documented words of each program and no others."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stage import ROOT

from pyinfra_wsl import fleet, inventory

PAGE = (ROOT / "docs" / "secrets.md").read_text("utf-8")
TRIED = re.findall(r"^<!-- tried: (\S+)(?: (\S+))? -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SECRET = 'A6a3#7%eb!5 "\\ö'
GRAPH = "https://graph.microsoft.com/v1.0"
HOSTS = ("LT-0001", "LT-0002")

STAND_IN = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([{program!r}, *sys.argv[1:]]) + "\\n")
answer = json.loads({answers!r}).get(json.dumps(sys.argv[1:]))
if answer is None:
    sys.exit({program!r} + ": unknown words: " + " ".join(sys.argv[1:]))
sys.stdout.write(answer)
"""


def az(name):
    """Return what is asked of Graph for a device, with what ``az rest`` prints as tab-separated values: a line."""
    identity = f"id-of-{name}"
    device = ["rest", "--method", "get", "--url", f"{GRAPH}/devices", "--url-parameters", f"$filter=displayName eq '{name}'",
              "$select=deviceId", "--query", "value[0].deviceId", "--output", "tsv"]  # fmt: skip
    kept = ["rest", "--method", "get", "--url", f"{GRAPH}/directory/deviceLocalCredentials/{identity}", "--url-parameters",
            "$select=credentials", "--headers", "User-Agent=pyinfra-wsl", "--query",
            "max_by(credentials, &backupDateTime).passwordBase64", "--output", "tsv"]  # fmt: skip
    return {json.dumps(device): f"{identity}\n", json.dumps(kept): base64.b64encode(f"{SECRET}{name}".encode()).decode() + "\n"}


def ldap(name):
    """Return what is asked of a domain controller for a computer, with the LDIF that ldapsearch prints of a password."""
    words = ["-LLL", "-Q", "-Y", "GSSAPI", "-H", "ldap://dc.corp.example", "-b", "DC=corp,DC=example", "-o", "ldif-wrap=no",
             f"(cn={name})", "msLAPS-Password"]  # fmt: skip
    value = json.dumps({"n": "Administrator", "t": "1d8161b41c41cde", "p": f"{SECRET}{name}"}, ensure_ascii=False)
    coded = base64.b64encode(value.encode()).decode()  # LDIF has text that is not ASCII so (RFC 2849)
    dn = f"dn: CN={name},OU=Laptops,DC=corp,DC=example\n"
    plain = value.replace("ö", "") if name == HOSTS[1] else ""
    return {json.dumps(words): f"{dn}msLAPS-Password: {plain}\n\n" if plain else f"{dn}msLAPS-Password:: {coded}\n\n"}


def each(make):
    return {words: answer for name in HOSTS for words, answer in make(name).items()}


def vault(path):
    return json.dumps(["kv", "get", "-mount=secret", "-field=password", path])


PROGRAMS = {
    "pass": {"pass": {json.dumps(["show", "fleet/admin"]): f"{SECRET}\nuser: fleet-admin\nurl: example\n"}},
    "vault": {"vault": {vault("fleet/admin"): SECRET}},
    "vault-each": {"vault": {vault(f"laptops/{name}"): f"{SECRET}{name}" for name in HOSTS}},
    "laps-entra": {"az": each(az)},
    "laps-ad": {"ldapsearch": each(ldap)},
    "environment": {},
}
SHARED = ("pass", "vault", "environment")


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Return a function that puts programs before all others, and returns the file into which they write how they were called."""

    def stand_in(programs):
        log = tmp_path / "log"
        log.touch()
        (tmp_path / "bin").mkdir(exist_ok=True)
        for program, answers in programs.items():
            path = tmp_path / "bin" / program
            path.write_text(STAND_IN.format(python=sys.executable, log=str(log), program=program, answers=json.dumps(answers)))
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("FLEET_PASSWORD", SECRET)
        monkeypatch.chdir(tmp_path)
        return log

    return stand_in


def example(folder, name):
    """Write an example's files, and return its fleet file."""
    for tried, file, text in TRIED:
        if tried == name and file:
            (folder / file).write_text(text)
            (folder / file).chmod(0o755)
        elif tried == name:
            (folder / "fleet.yml").write_text(f"{text}hosts: {{{', '.join(f'{host}: ' for host in HOSTS)}}}\n")
    return folder / "fleet.yml"


def passwords(file):
    return [str.__str__(data["ssh_password"]) if "ssh_password" in data else None for _, data in inventory.hosts(file)]


def test_every_example_is_tried():
    assert {name for name, _, _ in TRIED} == set(PROGRAMS)
    assert PAGE.count("password_from: {command:") == len([name for name, file, _ in TRIED if not file and name != "environment"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_gives_the_password_that_its_program_keeps(tmp_path, stand_in, name):
    stand_in(PROGRAMS[name])
    expected = [SECRET, SECRET] if name in SHARED else [f"{SECRET}{host}" for host in HOSTS]
    if name == "laps-ad":  # one that is plain ASCII comes as it is
        expected[1] = expected[1].replace("ö", "")
    data = [data for _, data in inventory.hosts(example(tmp_path, name))]
    assert [one["ssh_password"] == word for one, word in zip(data, expected, strict=True)] == [True, True]
    assert not any(SECRET in f"{one} {one['ssh_password']}" for one in data)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "environment"])
def test_a_program_that_knows_no_answer_is_told_and_nothing_that_it_says_is(tmp_path, stand_in, capfd, name):
    stand_in({program: {} for program in PROGRAMS[name]})
    file = example(tmp_path, name)
    if name in SHARED:
        with pytest.raises(SystemExit) as caught:
            inventory.hosts(file)
        said = str(caught.value)
    else:
        assert [data.get("ssh_password") for _, data in inventory.hosts(file)] == [None, None]
        said = capfd.readouterr().err
        assert said.count("This machine is tried without a password") == len(HOSTS)
    assert "connection.password_from: " in said
    assert "and no password; run it by hand to see why" in said
    assert "unknown words" not in said


def test_one_laptop_without_a_password_does_not_keep_the_others_away(tmp_path, stand_in, capfd):
    stand_in({"vault": {vault("laptops/LT-0002"): SECRET}})
    found = inventory.hosts(example(tmp_path, "vault-each"))
    assert ["ssh_password" in data for _, data in found] == [False, True]
    assert capfd.readouterr().err.startswith("LT-0001: connection.password_from: vault ended with exit code 1 and no password")


def test_laptops_are_asked_side_by_side(tmp_path, stand_in):
    stand_in({})
    (tmp_path / "bin" / "slow").write_text("#!/bin/sh\nsleep 0.5; echo $1\n")
    (tmp_path / "bin" / "slow").chmod(0o755)
    (tmp_path / "fleet.yml").write_text(
        'defaults: {connection: {password_from: {command: [slow, "{host}"]}}}\nhosts:\n  "LT-[01:16]":\n'
    )
    began = time.monotonic()
    found = inventory.hosts(tmp_path / "fleet.yml")
    assert time.monotonic() - began < 6
    assert all(data["ssh_password"] == name.removeprefix("@winssh/") for name, data in found)


def test_pyinfra_itself_asks_for_each(tmp_path, stand_in):
    """It replaces threads, and what waits for programs, by its own."""
    log = stand_in(PROGRAMS["vault-each"])
    file = example(tmp_path, "vault-each")
    text = f"from pyinfra_wsl import inventory\nglobals().update(inventory.groups({str(file)!r}))\n"
    (tmp_path / "inventory.py").write_text(text)
    program = Path(sys.executable).parent / "pyinfra"
    done = subprocess.run([program, "inventory.py", "debug-inventory"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(log.read_text().splitlines()) == len(HOSTS)
    assert "tried without a password" not in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_looking_at_the_fleet_file_runs_none_of_them(tmp_path, stand_in):
    log = stand_in(PROGRAMS["pass"])
    assert fleet.load(example(tmp_path, "pass")).hosts
    assert log.read_text() == ""
