"""A fleet's hosts are looked up in a file of as many lines: the same is found as by trying each line, with less work."""

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.connectors import known_hosts

NAMES = ("lt-1", "lt-2", "lt-10", "other", "10.0.0.7")
PLAIN_KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + b"k" * 32).decode()
OTHER_KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + b"o" * 32).decode()


def hashed(name):
    salt = hashlib.sha256(name.encode()).digest()[:20]
    parts = (base64.b64encode(one).decode() for one in (salt, hmac.digest(salt, name.encode(), "sha1")))
    return "|1|" + "|".join(parts)


def spellings(name):
    ported = f"[{name}]:2222"
    return st.sampled_from(
        [name, name.upper(), ported, f"{name},{ported}", f"*,!{name}", f"{name[:2]}*", "?" * len(name), "!*",
         hashed(name), hashed(ported), hashed(name)[:-6], f"!{hashed(name)}"]
    )  # fmt: skip


LINES = st.builds(
    lambda marker, names, key: f"{marker}{names} {key}".strip(),
    st.sampled_from(["", "", "", "@revoked ", "@cert-authority ", "@odd "]),
    st.sampled_from(NAMES).flatmap(spellings),
    st.sampled_from([PLAIN_KEY, OTHER_KEY, "ssh-ed25519 cut", ""]),
)


@given(st.lists(LINES, max_size=12), st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([22, 2222])), max_size=8))
def test_what_the_index_finds_is_what_all_lines_say(lines, asked):
    file = known_hosts.File(tuple(known_hosts._lines("known_hosts", "\n".join(lines))))
    key = ("ssh-ed25519", base64.b64decode(PLAIN_KEY.split()[1]))
    for host, port in [*asked, *asked]:  # what was asked once is answered from what was found then
        found = known_hosts.says(file.about(*known_hosts.names(host, port)), host, port, key)
        assert found == known_hosts.says(file.lines, host, port, key)


def test_a_hashed_name_that_was_found_is_not_tried_with_the_next_hosts(monkeypatch):
    fleet = [f"lt-{number:04}" for number in range(40)]
    file = known_hosts.File(tuple(known_hosts._lines("known_hosts", "\n".join(f"{hashed(name)} {PLAIN_KEY}" for name in fleet))))
    tried = []
    monkeypatch.setattr(known_hosts, "_is_of", lambda name, parts: tried.append(name) or _is_of(name, parts))
    for number, name in enumerate(fleet, 1):
        assert [line.place for line in file.about(name)] == [f"known_hosts:{number}"]
    assert len(tried) == len(fleet) * (len(fleet) + 1) / 2
    tried.clear()
    assert all(file.about(name) for name in fleet)
    assert not tried


_is_of = known_hosts._is_of
