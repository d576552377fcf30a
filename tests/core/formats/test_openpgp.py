"""Fingerprints of keys, compared with what GnuPG 2.2.40 says of them. The keys were made for this test."""

import base64

import pytest

from pyinfra_wsl.core.formats.openpgp import fingerprints

ONE = b"""-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawF2FhYJKwYBBAHaRw8BAQdAdLOkl6fFTgh0T7vFRwt4Dfcwb8WP7DSy7ZcQ
osoBWnm0HlRlc3Qga2V5IE9uZSA8T25lQGV4YW1wbGUub3JnPoiQBBMWCAA4FiEE
QsqCZjCSFFPQELCgaqFZYcyPzowFAmsBdhYCGwMFCwkIBwIGFQoJCAsCBBYCAwEC
HgECF4AACgkQaqFZYcyPzowRXQEAmgbgZvZUhJpafyvqxf9VezSyfEdTdiWvaIQ1
aV5Y9W4BALJDu/1oCy0QjKsFSIZuFwKim5RCxynCquURvpIiZEQP
=kpyg
-----END PGP PUBLIC KEY BLOCK-----
"""
TWO = b"""-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawF2FhYJKwYBBAHaRw8BAQdAvdNCq4LO9MjbQyg+sYqxTFzGvOHNQMcfBP9A
9vMgB520HlRlc3Qga2V5IFR3byA8VHdvQGV4YW1wbGUub3JnPoiQBBMWCAA4FiEE
kpJ76NVF9uFO2zOvBMD44lK6/XkFAmsBdhYCGwMFCwkIBwIGFQoJCAsCBBYCAwEC
HgECF4AACgkQBMD44lK6/XkInwEA0IYLF8P+ECyomih4sWPwinhOuzs8rCH1jNt1
vflTIvYA/RCqfILag0NS1XBFEF8VDOH5KIwpKPaPMwUURO/2vXwH
=8QS3
-----END PGP PUBLIC KEY BLOCK-----
"""
FIRST, SECOND = "42CA826630921453D010B0A06AA15961CC8FCE8C", "92927BE8D545F6E14EDB33AF04C0F8E252BAFD79"


def binary(armored):
    return base64.b64decode(b"".join(line for line in armored.splitlines()[2:-1] if not line.startswith(b"=")))


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
