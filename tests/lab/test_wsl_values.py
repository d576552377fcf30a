"""How the lab's WSL reads numbers and addresses (src/shared/inc/stringshared.h, tag 2.6.1)."""

import pytest

from pyinfra_wsl.lab.wsl import values

MOST = (1 << 64) - 1


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1", 1),
        ("1B", 1),
        ("1K", 1 << 10),
        ("1KB", 1 << 10),
        ("008GB", 8 << 30),  # strtoull reads leading zeros
        ("0GB", 0),
        ("00", None),  # a zero is one digit
        ("+0", None),
        ("-1", MOST),  # strtoull wraps
        ("-0", None),
        ("99999999999999999999", MOST),  # and ends at the largest
        ("1gb", None),
        ("1 GB", None),
        ("1.5GB", None),
        ("1GiB", None),
        ("GB", None),
        ("", None),
        ("20000000TB", 20000000 << 40 & MOST),
    ],
)
def test_sizes(text, size):
    assert values.size(text) == size


@pytest.mark.parametrize(
    ("text", "windows", "linux"),
    [
        ("12", 12, 12),
        ("-3", -3, -3),
        ("0x10", 16, 16),
        ("010", 8, 8),
        ("000", 0, 0),
        ("08", None, None),
        ("0x", None, None),
        ("1a", None, None),
        ("", None, None),
        ("4294967296", 2147483647, None),  # a long has 32 bits on Windows, 64 on Linux, where INT_MAX is looked at
        ("-4294967296", -2147483648, None),
    ],
)
def test_integers(text, windows, linux):
    assert values.integer(text, saturates=True) == windows
    assert values.integer(text, saturates=False) == linux


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("00:15:5d:01:02:0A", True),
        ("00-15-5d-01-02-0A", True),
        ("00:15-5d:01:02:0A", False),  # the separator stays the same
        ("00.15.5d.01.02.0A", False),
        ("00:15:5d:01:02:0g", False),
        ("00:15:5d:01:02:0A ", False),
        ("", False),
    ],
)
def test_mac_addresses(text, valid):
    assert values.is_mac(text) == valid


@pytest.mark.parametrize(
    ("text", "valid"), [("10.0.0.1", True), ("10.0.0", False), ("10.0.0.256", False), ("::1", False), ("", False)]
)
def test_ipv4_addresses(text, valid):
    assert values.is_ipv4(text) == valid


@pytest.mark.parametrize(
    ("text", "port"), [("80", 80), (" 80", 80), ("443y", 443), ("0", None), ("65536", None), ("-1", None), ("x", None)]
)
def test_ports(text, port):
    assert values.port(text) == port
