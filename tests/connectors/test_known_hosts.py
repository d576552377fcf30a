"""Files of known hosts as they are found in the wild: which hosts they let in, beside what OpenSSH's own client decides."""

import asyncio
import base64
import hashlib
import hmac
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors import ssh as pyinfras_connector
from pyinfra.connectors.sshuserclient import client as pyinfras_client

from pyinfra_wsl.connectors import host_keys, known_hosts
from pyinfra_wsl.report.journal import journal

SSH = shutil.which("ssh")
OTHER = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048).export_public_key().decode().strip()
ACCEPTED, REFUSED = True, False


@dataclass
class There:
    """LT-DONE as files of known hosts have it."""

    port: int
    key: str

    @property
    def name(self):
        return f"[127.0.0.1]:{self.port}"


@pytest.fixture(scope="module")
def there(rehearsal):
    one = rehearsal.stage.laptop("LT-DONE")
    return There(one.port, one.host_key.export_public_key().decode().strip())


def hashed(name):
    salt = os.urandom(20)
    parts = (base64.b64encode(one).decode() for one in (salt, hmac.digest(salt, name.encode(), hashlib.sha1)))
    return "|1|" + "|".join(parts)


JUNK = {
    "an authority": "@cert-authority *.corp.example " + OTHER,
    "a revoked key": "@revoked * " + OTHER,
    "prose": "These are the laptops of the third floor",
    "one word": "floor",
    "a marker alone": "@revoked",
    "a marker that nobody knows": "@trusted * " + OTHER,
    "bad base64": "other ssh-ed25519 AAAA!!!!",
    "no base64": "other ssh-ed25519",
    "a key that is cut": "other ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq0",
    "a key of another type": "other ssh-rsa " + OTHER.split()[1],
    "a type that nobody has": "other ssh-nothing AAAAC3Nz",
    "of the first protocol": "other 1024 37 1234567890",
    "a bad hash": "|1|abc|def ssh-ed25519 " + OTHER.split()[1],
    "not utf-8": b"\xfc\xff sch\xf6n " + OTHER.encode(),
    "a line with a return": b"\r",
}
"""Lines about others that paramiko gives a file up for, or passes over."""
READABLE = ("an authority", "a revoked key", "a line with a return")
UNCLEAR = ("a bad hash", "a marker that nobody knows")
"""Lines that may be about the host even where its key is known."""

# What follows the junk: {host} [127.0.0.1]:PORT, {own} its key, {other} another's.
HOST = {
    "nothing": "",
    "its key": "{host} {own}",
    "a changed key": "{host} {other}",
}


def write(tmp_path, *lines, end="\n"):
    data = b"".join((one.encode() if isinstance(one, str) else one) + end.encode() for one in lines)
    (tmp_path / "known_hosts").write_bytes(data)
    return tmp_path / "known_hosts"


def ours(host, file, mode):
    """Connect as a run does; return whether we were let in, and what was said."""
    one = host(connect=False, ssh_known_hosts_file=str(file), ssh_strict_host_key_checking=mode)
    try:
        one.connector.connect()
        return ACCEPTED, " ".join(text for _, text in journal(one).warnings)
    except ConnectError as error:
        return REFUSED, str(error)


def openssh(rehearsal, port, file, mode):
    """Let OpenSSH's client decide."""
    copy = file.with_name("openssh")
    copy.write_bytes(file.read_bytes())
    options = {
        "BatchMode": "yes", "StrictHostKeyChecking": mode, "UserKnownHostsFile": copy, "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes", "UpdateHostKeys": "no",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    key = rehearsal.state()["key"]
    done = subprocess.run(
        [SSH, "-F", "none", *words, "-i", key, "-p", str(port), "fleet-admin@127.0.0.1", "hostname"],
        capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0 or "verification failed" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("mode", ["yes", "accept-new"])
@pytest.mark.parametrize("about", HOST)
@pytest.mark.parametrize("junk", JUNK)
def test_a_line_about_others_changes_nothing_for_the_host(host, there, tmp_path, junk, about, mode):  # noqa: PLR0917
    line = HOST[about].format(host=there.name, own=there.key, other=OTHER)
    file = write(tmp_path, JUNK[junk], *([line] if line else []))
    before = file.read_bytes()
    let_in, said = ours(host, file, mode)
    assert let_in == (about == "its key" or (about == "nothing" and mode == "accept-new")), said
    if mode == "yes" or about != "nothing":
        assert file.read_bytes() == before
    else:
        assert file.read_bytes() == before + f"{there.name} {' '.join(there.key.split()[:2])}\n".encode()
    concerns = {"its key": junk in UNCLEAR, "nothing": junk not in READABLE}.get(about, False)
    assert ("known_hosts:1 (" in said) == concerns, said


# Files about the host itself: the lines, what `known` and `accept_new` decide, what stands in the refusal or the note.
SHAPES = {
    "two spaces": (["{host}  {own}"], ACCEPTED, ACCEPTED, ""),
    "tabs and a comment": (["\t{host}\t{own} ada@desk"], ACCEPTED, ACCEPTED, ""),
    "several names": (["lt-1,{host},10.0.0.1 {own}"], ACCEPTED, ACCEPTED, ""),
    "wildcards": (["[127.0.0.?]:* {own}"], ACCEPTED, ACCEPTED, ""),
    "wildcards with a changed key": (["[127.*]:* {other}"], REFUSED, REFUSED, "not the known one"),
    "a negation": (["*,!{host} {other}"], REFUSED, ACCEPTED, "not in known_hosts"),
    "a negation before": (["!{host},!127.0.0.1,* {own}"], REFUSED, ACCEPTED, "not in known_hosts"),
    "another's negation": (["*,!lt-2 {own}"], ACCEPTED, ACCEPTED, ""),
    "hashed": (["{hashed} {own}"], ACCEPTED, ACCEPTED, ""),
    "hashed and changed": (["{hashed} {other}"], REFUSED, REFUSED, "not the known one"),
    "one of two keys of a type": (["{host} {other}", "{host} {own}"], ACCEPTED, ACCEPTED, ""),
    "the right key for the default port": (["127.0.0.1 {own}"], ACCEPTED, ACCEPTED, ""),
    "another key for the default port": (["127.0.0.1 {other}"], REFUSED, ACCEPTED, "not in known_hosts"),
    "revoked": (["@revoked * {own}", "{host} {own}"], REFUSED, REFUSED, "revoked by"),
    "revoked behind": (["{host} {own}", "@revoked {host} {own}"], REFUSED, REFUSED, "known_hosts:2"),
    "revoked for others": (["@revoked lt-2 {own}", "{host} {own}"], ACCEPTED, ACCEPTED, ""),
    "revoked and never seen": (["@revoked * {own}"], REFUSED, REFUSED, "revoked by"),
    "an authority": (["@cert-authority * {other}"], REFUSED, ACCEPTED, "known_hosts:1 names an authority for it"),
    "an authority with the host's key": (["@cert-authority * {own}"], REFUSED, ACCEPTED, "certificates of hosts"),
    "a marker that nobody knows": (["@trusted {host} {other}"], REFUSED, ACCEPTED, "known_hosts:1 (its marker is not known)"),
    "an authority and the key": (["@cert-authority * {other}", "{host} {own}"], ACCEPTED, ACCEPTED, ""),
    "an authority and a changed key": (["@cert-authority * {own}", "{host} {other}"], REFUSED, REFUSED, "not the known one"),
    "a comment": (["# {host} {other}", "  # {host} {other}", "", "{host} {own}"], ACCEPTED, ACCEPTED, ""),
}
# And where we refuse although OpenSSH lets in, since a line that it does not read may say otherwise.
STRICTER = {
    "a key of another type": (["{host} {rsa}"], REFUSED, REFUSED, "not the known one"),
    "bad base64": (["{host} ssh-ed25519 AAAA!!!!"], REFUSED, REFUSED, "known_hosts:1 (its key is no base64)"),
    "a key that is cut": (["{host} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq0"], REFUSED, REFUSED, "cut or damaged"),
    "prose about the host": (["{host} was replaced in May"], REFUSED, REFUSED, "known_hosts:1"),
    "revoked, behind a tab": (["@revoked\t{host} {own}", "{host} {own}"], REFUSED, REFUSED, "revoked by"),
    "a revoked key that is cut": (["@revoked {host} ssh-ed25519 AAAA", "{host} {own}"], REFUSED, REFUSED, "may be revoked"),
    "bad base64 beside the right key": (["{host} ssh-ed25519 A!", "{host} {own}"], ACCEPTED, ACCEPTED, "known_hosts:1"),
}


def filled(lines, there):
    name = there.name
    return [one.format(host=name, own=there.key, other=OTHER, rsa=RSA, hashed=hashed(name)) for one in lines]


@pytest.mark.parametrize("mode", ["yes", "accept-new"])
@pytest.mark.parametrize("shape", [*SHAPES, *(f"stricter: {one}" for one in STRICTER)])
def test_a_file_decides_as_for_openssh_or_more_strictly(host, rehearsal, there, tmp_path, shape, mode):  # noqa: PLR0917
    lines, known, accept_new, words = SHAPES.get(shape) or STRICTER[shape.removeprefix("stricter: ")]
    expected = known if mode == "yes" else accept_new
    file = write(tmp_path, *filled(lines, there))
    theirs = openssh(rehearsal, there.port, file, mode) if SSH else expected
    let_in, said = ours(host, file, mode)
    assert let_in == expected, said
    assert theirs == let_in or (theirs and shape not in SHAPES)
    if words and expected == REFUSED:
        assert words in said


@pytest.mark.parametrize("mode", ["yes", "accept-new"])
@pytest.mark.parametrize(("bom", "end"), [(b"", "\r\n"), (b"\xef\xbb\xbf", "\n"), (b"\xef\xbb\xbf", "\r\n")])
def test_files_of_windows_editors_are_read(host, there, tmp_path, mode, bom, end):  # noqa: PLR0917
    name = there.name
    for key, wanted in ((there.key, ACCEPTED), (OTHER, REFUSED)):
        file = write(tmp_path, f"{name} {key}", f"lt-2 {OTHER}", end=end)
        file.write_bytes(bom + file.read_bytes())
        assert ours(host, file, mode)[0] == wanted


@pytest.mark.parametrize("mode", ["yes", "accept-new"])
def test_a_file_that_is_no_text_or_no_file_lets_nobody_in_and_is_named(host, there, tmp_path, mode):
    file = tmp_path / "known_hosts"
    file.write_bytes(f"{there.name} {there.key}\n".encode("utf-16"))
    assert ours(host, file, mode) == (
        REFUSED,
        f"{file}, the file of known hosts, cannot be read: it is no text in UTF-8. Next: correct it, or name another file",
    )
    assert ours(host, tmp_path, mode)[1].startswith(f"{tmp_path}, the file of known hosts, cannot be read: Is a directory")


def test_a_file_without_a_last_line_end_keeps_its_last_line(host, there, tmp_path):
    file = tmp_path / "known_hosts"
    file.write_text(f"lt-2 {OTHER}")
    assert ours(host, file, "accept-new")[0] == ACCEPTED
    first, second = file.read_text().splitlines()
    assert first == f"lt-2 {OTHER}"
    assert second.startswith(f"{there.name} ssh-ed25519 ")


def test_the_first_contact_makes_the_file_and_its_folder_and_later_ones_hold_to_it(host, tmp_path):
    file = tmp_path / "ssh" / "known_hosts"
    assert ours(host, file, "accept-new")[0] == ACCEPTED
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert ours(host, file, "yes")[0] == ACCEPTED
    assert len(file.read_text().splitlines()) == 1
    changed = file.read_text().rpartition(" ")[0] + f" {OTHER.split()[1]}\n"
    file.write_text(changed)
    assert ours(host, file, "accept-new")[0] == REFUSED
    assert file.read_text() == changed


def test_a_key_that_cannot_be_written_down_is_not_trusted(host, tmp_path):
    (tmp_path / "file").write_text("")
    let_in, said = ours(host, tmp_path / "file" / "known_hosts", "accept-new")
    assert not let_in
    assert "Not a directory" in said


def test_several_files_count_and_the_first_takes_new_keys(host, there, tmp_path):
    name = there.name
    files = [tmp_path / "a", tmp_path / "b"]
    config = tmp_path / "config"
    config.write_text(f"Host 127.0.0.1\n  UserKnownHostsFile {files[0]} {files[1]}\n")
    for case, second in (("known", there.key), ("changed", OTHER), ("new", None)):
        files[0].write_text("prose is no line\n")
        files[1].write_text(f"{name} {second}\n" if second else "")
        one = host(connect=False, ssh_config_file=str(config), ssh_strict_host_key_checking="accept-new")
        one.connector.data["ssh_known_hosts_file"] = None
        if case == "changed":
            with pytest.raises(ConnectError, match=r"not the known one.*/b:1"):
                one.connector.connect()
        else:
            one.connector.connect()
    assert name in files[0].read_text()
    assert not files[1].read_text()


def test_jump_hosts_are_held_to_the_same_rules():
    assert pyinfras_connector.SSHClient is host_keys.Client
    assert pyinfras_client.SSHClient is host_keys.Client


@pytest.fixture
def two_keys():
    """A server with an Ed25519 and an RSA key; returns its port and the keys."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    keys = [asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-rsa", key_size=2048)]

    async def listen():
        return await asyncssh.listen("127.0.0.1", 0, server_host_keys=keys)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    yield server.get_port(), [one.export_public_key().decode().strip() for one in keys]
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.mark.parametrize("kind", [0, 1])
def test_a_host_is_asked_for_the_type_of_key_that_is_known(host, two_keys, tmp_path, kind):
    number, keys = two_keys
    file = write(tmp_path, f"[127.0.0.1]:{number} {keys[kind]}")
    one = host(connect=False, ssh_known_hosts_file=str(file), ssh_port=number)
    with pytest.raises(ConnectError, match="refuses user"):  # so its key was right
        one.connector.connect()


def test_an_unreadable_line_that_may_be_about_the_host_is_a_note_of_its_result(host, there, tmp_path):
    file = write(tmp_path, JUNK["a bad hash"], f"{there.name} {there.key}")
    assert ours(host, file, "yes") == (
        ACCEPTED,
        f"{file}:1 (its names cannot be read) cannot be read and may be about this host; correct the line, or remove it",
    )


@given(st.binary(max_size=200), st.sampled_from(["yes", "no"]))
def test_any_line_before_or_behind_the_hosts_own_leaves_a_changed_key_changed(tmp_path_factory, junk, behind):
    own = f"lt-1 {OTHER}".encode()
    junk = junk.replace(b"\0", b"0")
    data = own + b"\n" + junk if behind == "yes" else junk + b"\n" + own + b"\n"
    file = tmp_path_factory.mktemp("any") / "known_hosts"
    file.write_bytes(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        with pytest.raises(ValueError, match="no text"):
            known_hosts.read(str(file))
        return
    said = known_hosts.says(known_hosts.read(str(file)).lines, "LT-1", 22, ("ssh-rsa", b"another"))
    assert said.others
    assert not said.known
