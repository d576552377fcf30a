"""Sources: told apart, and shown without what is secret in them."""

import pytest

from pyinfra_wsl.core.source import basename, checksum_command, shown


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
