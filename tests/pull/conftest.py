"""Keys, and what is published with them: by ssh-keygen itself, made once."""

import subprocess

import pytest
from click.testing import CliRunner
from laptop import Site
from published import FLEET

from pyinfra_wsl.cli.main import main


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Return a folder with keys of ssh-keygen's: root, other, a, b, and p256 of another kind."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("root", "other", "a", "b"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder / name], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", folder / "p256"], check=True)
    return folder


@pytest.fixture
def call():
    """Return a function that calls ``pyinfra-wsl`` in this process, and holds it to its exit code."""

    def called(*words, code=0):
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exit_code == code, (done.output, done.exception)
        assert not isinstance(done.exception, Exception) or code, done.exception
        return done.output

    return called


@pytest.fixture
def site(tmp_path, keys, call):
    """Return a folder that is published: a trust by root, whose signing key is a, and a fleet file beside it."""
    (tmp_path / "fleet.yml").write_text(FLEET)
    call("trust", "init", tmp_path / "public", "--fleet", "corp", "--root", keys / "root", "--signing", keys / "a")
    return tmp_path


@pytest.fixture
def at(tmp_path, keys):
    """Return a `laptop.Site`: a trust is published and installed, and no bundle yet."""
    made = Site(tmp_path, keys)
    made.begin()
    return made
