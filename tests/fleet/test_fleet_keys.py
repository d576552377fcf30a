"""``pyinfra-wsl validate`` looks at key files: what is no key is an error, what is only so on this machine a note."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from support import private_keys

from pyinfra_wsl import fleet, inventory
from pyinfra_wsl.cli.main import main

FLEET = """\
defaults:
  connection: {user: ada}
groups:
  desk:
    connection:
      key: %s
hosts:
  LT-1: {groups: [desk]}
  LT-2: {groups: [desk]}
  LT-3: {}
"""


@pytest.fixture
def validate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(key, *options):
        (tmp_path / "fleet.yml").write_text(FLEET % key)
        return CliRunner().invoke(main, ["validate", "fleet.yml", *options])

    return run


@pytest.mark.parametrize("data", private_keys.RIGHT.values(), ids=private_keys.RIGHT)
def test_a_key_is_no_word_worth(validate, tmp_path, data):
    (tmp_path / "id").write_bytes(data)
    done = validate("id")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "3 hosts, no errors\n", "")


@pytest.mark.parametrize(("data", "problem", "remedy"), private_keys.WRONG.values(), ids=private_keys.WRONG)
def test_what_is_no_key_is_an_error_with_its_line(validate, tmp_path, data, problem, remedy):
    (tmp_path / "id").write_bytes(data)
    done = validate("id")
    assert done.exit_code == 1
    assert done.stdout == ""
    first, count = done.stderr.splitlines()
    assert first.startswith("fleet.yml:6: connection.key: 'id' ")
    assert problem in first
    assert remedy in first
    assert count == "fleet.yml: 1 error"


def test_a_folder_is_no_key(validate, tmp_path):
    (tmp_path / ".ssh").mkdir()
    done = validate("~/.ssh")
    assert done.exit_code == 1
    assert "fleet.yml:6: connection.key: '~/.ssh' is no file; name the file of the private key" in done.stderr


def test_a_key_that_is_not_on_this_machine_is_a_note(validate, tmp_path):
    done = validate("~/.ssh/fleet_ed25519")
    assert (done.exit_code, done.stdout) == (0, "3 hosts, no errors\n")
    place = tmp_path / ".ssh" / "fleet_ed25519"
    where = "fleet.yml:6: note: connection.key: '~/.ssh/fleet_ed25519' is not there"
    assert done.stderr == f"{where} (looked for {place}); make it with ssh-keygen, or correct the path\n"


@pytest.mark.parametrize("data", private_keys.ENCRYPTED.values(), ids=private_keys.ENCRYPTED)
def test_an_encrypted_key_is_a_note(validate, tmp_path, data):
    (tmp_path / "id").write_bytes(data)
    done = validate("id")
    assert (done.exit_code, done.stdout) == (0, "3 hosts, no errors\n")
    assert "note: connection.key: 'id' is encrypted; a run asks for its passphrase" in done.stderr


def test_a_key_that_may_not_be_read_here_is_a_note(tmp_path, monkeypatch):
    def denied(*_anything):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "id").write_bytes(private_keys.RIGHT["rsa"])
    host = fleet.Host("LT-1", "windows", (), {"connection": {"key": "id"}}, {("connection", "key"): 6})
    monkeypatch.setattr(Path, "open", denied)  # the tests may run as root, who may read everything
    errors, (note,) = fleet.keys(fleet.Fleet(tmp_path / "fleet.yml", {"LT-1": host}, ()), [host])
    assert not errors
    assert "fleet.yml:6: note: connection.key: 'id' cannot be read: Permission denied; correct its rights" in note


@pytest.mark.parametrize(("options", "code"), [(("--host", "LT-3"), 0), (("--host", "LT-2"), 1), (("--show", "LT-3"), 0)])
def test_only_the_keys_of_the_machines_that_are_spoken_of_count(validate, tmp_path, options, code):
    (tmp_path / "id").write_bytes(private_keys.PUTTY)
    assert validate("id", *options).exit_code == code


def test_a_run_is_not_refused_for_the_key_of_one(validate, tmp_path):
    """That machine fails when it connects; see ``tests/rehearsal/test_keys.py``."""
    (tmp_path / "id").write_bytes(private_keys.PUTTY)
    validate("id")
    assert len(inventory.hosts(tmp_path / "fleet.yml")) == 3
