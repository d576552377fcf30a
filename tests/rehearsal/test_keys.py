"""Private keys that cannot be used, in one run: each fails the machine that names it, and the others converge."""

import re

import pytest
from stage import BIN, ROOT
from support import private_keys

KEYS = {
    "LT-MISSING": (None, "is not there", "ssh-keygen"),
    "LT-FOLDER": ("folder", "is no file", "connection.key"),
    "LT-PUTTY": (private_keys.PUTTY, "is a key of PuTTY", "puttygen"),
    "LT-PUBLIC": (private_keys.WRONG["a public key"][0], "is a public key", "name the private key"),
    "LT-PKCS8": (private_keys.WRONG["PKCS #8"][0], "in a form that is not read", "ssh-keygen -p"),
    "LT-BYTES": (private_keys.WRONG["bytes"][0], "holds no private key", "ssh-keygen"),
    "LT-CUT": (private_keys.DAMAGED["cut"], "cannot be", "ssh-keygen -y"),
    "LT-PEM": (private_keys.DAMAGED["PEM of bytes"], "cannot be", "ssh-keygen -y"),
    "LT-PHRASE": (private_keys.ENCRYPTED["ed25519"], "is encrypted, and there is no terminal", "ssh-add"),
    "LT-OTHER": (private_keys.RIGHT["rsa in PEM"], "refuses user", "check key or password"),
}
INVENTORY = """
from pathlib import Path

HERE = Path(__file__).resolve().parent
exec((HERE / "lab.py").read_text(), globals())
for name, data in all:
    if name.partition("/")[2] != "LT-GOOD":
        data["ssh_key"] = str(HERE / "keys" / name.partition("/")[2])
"""


@pytest.fixture(scope="module")
def run(make_stage):
    rehearsal = make_stage(**{name.replace("-", "_"): "converged" for name in (*KEYS, "LT-GOOD")})
    folder = rehearsal.folder / "inventory" / "keys"
    folder.mkdir()
    for name, (content, _cause, _remedy) in KEYS.items():
        if content == "folder":
            (folder / name).mkdir()
        elif content is not None:
            (folder / name).write_bytes(content)
    (rehearsal.folder / "inventory" / "keys.py").write_text(INVENTORY)
    # In a session of its own a program has no terminal on which it could ask anybody.
    done = rehearsal.call("setsid", "--wait", BIN / "pyinfra", "inventory/keys.py", ROOT / "deploy.py", "-y")
    return done, rehearsal.results()


def test_the_good_one_converges_and_the_run_tells_that_others_failed(run):
    done, found = run
    assert found["LT-GOOD"]["outcome"] == "converged", done.stdout + done.stderr
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", KEYS)
def test_each_says_why_and_what_next(run, name):
    done, found = run
    _content, cause, remedy = KEYS[name]
    assert found[name]["outcome"] == "failed"
    (failure,) = found[name]["failures"]
    assert cause in failure["cause"]
    assert remedy in failure["remedy"]
    assert failure["resource"] == "connection"
    said = " ".join(re.findall(rf"\[{name}\] +(.*)", done.stdout + done.stderr))
    assert f"{failure['cause']}. Next: {failure['remedy']}" in said


def test_no_passphrase_and_no_key_is_shown(run):
    done, _found = run
    assert private_keys.PHRASE not in done.stdout + done.stderr
    assert "PRIVATE KEY" not in done.stdout + done.stderr
