"""Sources: told apart, and shown without what is secret in them."""

import re

import pytest

from pyinfra_wsl.core.source import basename, checksum_command, secret, secrets, shown


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://ada:pw@h.example:8443/a/b.tar?sig=x#y", "https://h.example:8443/a/b.tar"),
        ("HTTPS://ada@h.example/b@2.tar", "https://h.example/b@2.tar"),
        ("https://ada:pw@h.example:port/b.tar#sig=x", "https://h.example:port/b.tar"),
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
]
NONE = [
    "https://h.example:8443/a/b@2.tar",
    "https://h/b.tar?download=1",
    "https://h/b.tar?version=24.04.1&arch=amd64",
    "https://h/b.tar?mail=a@b",
    "https://h:8080?mail=a@b",
    "https://h/design/b.tar?ref=main",
    "ssh://git@h/repository",
    r"\\files\wsl\b.tar",
    "images/a@b:c.tar",
    "ada@example.org",
    "C:\\Users\\x",
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


@pytest.mark.parametrize("value", [one for one in SECRET if one.lower().startswith("http")])
def test_what_is_shown_of_a_secret_address_holds_no_secret(value):
    assert not {"pw", "p/w", "p?w", "tok3n", "p%40w"} & set(re.split(r"[:@]", shown(value)))
    assert "abc" not in shown(value)
