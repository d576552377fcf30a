"""Fingerprints of keys, compared with what GnuPG 2.2.40 says of them."""

import pytest
from support.keys import FIRST, ONE, SECOND, TWO, binary

from pyinfra_wsl.core.formats.openpgp import fingerprints


def test_an_armored_key_has_its_fingerprint():
    assert fingerprints(ONE) == (FIRST,)


def test_a_key_with_windows_line_ends_has_the_same():
    assert fingerprints(ONE.replace(b"\n", b"\r\n")) == (FIRST,)


def test_a_key_without_armor_has_the_same():
    assert fingerprints(binary(ONE)) == (FIRST,)


@pytest.mark.parametrize("file", [ONE + TWO, binary(ONE) + binary(TWO)])
def test_a_second_key_in_the_file_does_not_hide(file):
    assert fingerprints(file) == (FIRST, SECOND)


def test_a_packet_with_a_length_of_the_new_form_is_read():
    body = binary(ONE)[2:53]
    assert fingerprints(b"\xc6" + bytes([len(body)]) + body) == (FIRST,)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "no public key"),
        (b"<html>not found</html>", "not an OpenPGP file"),
        (binary(ONE)[:40], "cut short"),
        (ONE.replace(b"mDME", b"m*ME"), "armor is damaged"),
        (b"\x98\x02\x03\x00", "version 3"),
    ],
)
def test_what_is_no_key_is_refused(file, why):
    with pytest.raises(ValueError, match=why):
        fingerprints(file)
