"""Two OpenPGP keys that were made for tests, and their fingerprints as GnuPG 2.2.40 says them."""

import base64

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
    """Return a key without its armor."""
    return base64.b64decode(b"".join(line for line in armored.splitlines()[2:-1] if not line.startswith(b"=")))
