"""Sources: told apart, and shown without what is secret in them."""

import re
import time

import pytest

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import dotted
from pyinfra_wsl.core.source import basename, checksum_command, secret, secrets, shown


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://ada:pw@h.example:8443/a/b.tar?sig=x#y", "https://h.example:8443/a/b.tar"),
        ("HTTPS://ada@h.example/b@2.tar", "https://h.example/b@2.tar"),
        ("https://ada:pw@h.example:port/b.tar#sig=x", "https://h.example:…/b.tar"),
        ("http://ada:pw@h.example?sig=x", "http://h.example"),
        ("images/b.tar", "images/b.tar"),
        (r"\\files\wsl\b.tar", r"\\files\wsl\b.tar"),
    ],
)
def test_an_address_is_shown_without_account_and_query(source, said):
    assert shown(source) == said


def test_the_command_that_learns_a_checksum_holds_no_secret():
    assert checksum_command("https://ada:pw@h.example/b.tar?sig=x") == "curl -fsSL 'https://h.example/b.tar' | sha256sum"


def test_a_file_name_ends_where_a_query_begins():
    assert basename("https://h.example/a/wsl.2.6.1.0.x64.msi?sig=a/b.tar") == "wsl.2.6.1.0.x64.msi"


SECRET = [
    "https://ada:pw@h.example/b.tar",
    "https://ada@h.example/b.tar",
    "HTTPS://:pw@h/b.tar",
    "http://tok3n@h/b.tar",
    "ftp://ada:pw@h/b.tar",
    "https://ada:p/w@h.example/b.tar",
    "https://ada:p?w@h.example/b.tar",
    "https://ada:p%40w@h/b.tar",
    "see https://ada:pw@h/b.tar for it",
    "a=https://h/x?y=1,https://ada:pw@h/b.tar",
    "ssh://ada:pw@h/b.tar",
    "https://h/b.tar?sig=abc",
    "https://h/b.tar?a=b&Signature=abc",
    "https://h/b.tar?X-Amz-Credential=a&X-Amz-Signature=b",
    "https://h/b.tar?se=2027-01-01&sp=r&sv=2022-11-02&sig=abc%3D",
    "https://h/b.tar?sp=r",
    "https://h/b.tar?x-goog-date=1",
    "https://h/b.tar?access_token=abc",
    "https://h/b.tar?apikey=abc",
    "https://h/b.tar?private_token=abc",
    "https://h/b.tar?p%61ssword=abc",
    "https://h/b.tar?p%2561ssword=abc",
    "https://h/b.tar?x=1;token=abc",
    "https://h/b.tar#token=abc",
    "https://h/b.tar?d=9f86d081884c7d659a2feaa0c55ad015",
    "https://h/b.tar?9f86d081884c7d659a2feaa0c55ad015",
    "https://h/b.tar?download=1",
    "https://h/b.tar?a=hunter2",
    "https://h/b.tar?hunter2",
    "https://h:8080?mail=a@b",
    "https://h/design/b.tar?ref=main",
    "https://h/b.tar#hunter2",
    "https://ada:hunter2/b.tar",
    "https://ada:hunter2%40h/b.tar",
    "https://ada%3Ahunter2%40h/b.tar",
    "https://ada%253Ahunter2%2540h/b.tar",
    "https:/ada:hunter2@h/b.tar",
    "https//ada:hunter2@h/b.tar",
    "https:///ada:hunter2@h/b.tar",
    r"https:\\ada:hunter2@h\b.tar",
    "htps:ada:hunter2@h/b.tar",
    "ada:hunter2@h.example",
    "ada:hunter2@h",
    "ada:hunt er2@h",
    "see ada:hunter2@h",
    "//ada:hunter2@server/share/b.tar",
    r"\\ada:hunter2@server\share\b.tar",
    r"\\ada@server\share\b.tar",
    "smb://ada:hunter2@server/share",
    "smb://CORP;ada:hunter2@server/share",
    "smb://ada@server/share",
    "sftp://ada:hunter2@server/share",
    "file:///home/ada:hunter2@h/b.tar",
    "username=ada,password=hunter2",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
]
NONE = [
    "https://h.example:8443/a/b@2.tar",
    "https://[::1]:8443/b.tar",
    "https://h/a;b.tar",
    "ssh://git@h/repository",
    r"\\files\wsl\b.tar",
    r"\\server@SSL@8443\DavWWWRoot\b.tar",
    "images/a@b:c.tar",
    "h.example:8443/a@2.tar",
    "ada@example.org",
    "C:\\Users\\x",
    r"D:\wsl\ada@example.org",
    "registry.example:5000/ubuntu:24.04@sha256:0a1b",
    "tcp://0.0.0.0:2375",
    "unix:///var/run/docker.sock",
    "file:///home/ada@corp/b.tar",
    "22:00-06:00",
    "100%25 of it",
    "owner: ada@example.org",
]
COMMANDS = [
    "curl -fsS https://h/x?version=24.04",
    "curl http://$HOST:$PORT/x",
    "mount -o credentials=/root/.smb //server/share /mnt",
    "run --password=$PASSWORD --token-file /run/token",
]


@pytest.mark.parametrize("value", SECRET)
def test_an_address_that_opens_something_is_known_for_a_secret(value):
    assert secret(value)
    (problem,) = secrets({"a": [{"source": value}]})
    assert problem.path == ("a", 0, "source")
    assert "beside the fleet file or on a share" in problem.remedy
    assert value not in problem.said


@pytest.mark.parametrize("value", NONE)
def test_any_other_is_not(value):
    assert not secret(value)


@pytest.mark.parametrize("value", COMMANDS)
def test_a_command_may_have_queries_and_variables(value):
    assert not secret(value, command=True)


@pytest.mark.parametrize(
    "value", [one for one in SECRET if re.search("pw|p/w|hunter2@|signature|token|password=", one, re.IGNORECASE)]
)
def test_and_no_account_and_no_token_either(value):
    assert secret(f"curl {value}", command=True)


@pytest.mark.parametrize("key", ["password", "passwd", "api_key", "clientSecret", "registry_token"])
@pytest.mark.parametrize("value", ["x", 1, {"a": 1}])
def test_a_key_that_is_called_like_a_secret_is_one(key, value):
    (problem,) = secrets({"daemon": {key: value}})
    assert problem.path == ("daemon", key)
    assert not list(secrets({"wsl_distros": {key: {}}, "password_from": "prompt", "credentialHelper": "x"}))


@pytest.mark.parametrize("name", SECRET)
def test_no_name_holds_a_secret(name):
    (problem,) = secrets({"hosts": {name: {}}})
    assert "has a name that is" in problem.said
    assert "hunter2" not in dotted(problem.path) + problem.said
    assert not {"pw", "p/w", "p?w", "tok3n", "p%40w"} & set(re.split(r"[:@]", dotted(problem.path)))


@pytest.mark.parametrize("value", SECRET)
def test_nothing_that_is_shown_holds_one(value):
    for text in (show.value(value), show.name(value), show.line(f"hosts.A: '{value}' is wrong; write https://host/path")):
        assert "hunter2" not in text
        assert "abc" not in text


def test_a_host_that_is_called_command_is_no_command():
    assert [one.path for one in secrets({"hosts": {"command": {"address": "https://h/x?a=1"}}})]
    assert not list(
        secrets({"boot": {"command": "curl https://h/x?a=1"}, "password_from": {"command": ["curl", "https://h/x?a=1"]}})
    )


@pytest.mark.parametrize("value", [one for one in SECRET if one.lower().startswith("http")])
def test_what_is_shown_of_a_secret_address_holds_no_secret(value):
    assert not {"pw", "p/w", "p?w", "tok3n", "p%40w"} & set(re.split(r"[:@]", shown(value)))
    assert "abc" not in shown(value)


@pytest.mark.parametrize("text", ["a", "a:", "a://", "@", "%25", "\\\\", "a b@", "password=", "?"])
def test_a_long_text_is_looked_through_soon(text):
    began = time.process_time()
    secret(text * 200_000)
    assert time.process_time() - began < 2
