"""How WSL reads .wslconfig and wsl.conf (src/shared/configfile/configfile.cpp)."""

import pytest

from pyinfra_wsl.lab.wsl.configfile import parse_linux, parse_windows
from pyinfra_wsl.lab.wsl.configtext import UnreadableError
from pyinfra_wsl.lab.wsl.distro_instance import clean_host_name


@pytest.mark.parametrize(
    ("text", "settings", "warnings"),
    [
        ("[wsl2]\nmemory=8GB\n", [("wsl2.memory", "8GB")], 0),
        ("[wsl2]\r\nmemory=8GB\r\n", [("wsl2.memory", "8GB")], 0),
        ("  [wsl2]  # note\n\t memory \t=  8GB  # note\n", [("wsl2.memory", "8GB")], 0),
        ("memory=8GB\n", [("memory", "8GB")], 0),
        ("[wsl2]\n; note\nswap=0", [("wsl2.swap", "0")], 1),
        ("[wsl2]\nswap=0 ; note", [("wsl2.swap", "0 ; note")], 0),
        ("[wsl2]\nkernel=C:\\Users\\x\n", [], 1),
        ("[wsl2]\nkernel=C:\\temp\n", [("wsl2.kernel", "C:\temp")], 0),
        ("[wsl2]\nkernel=C:\\\\Users\\\\x\n", [("wsl2.kernel", "C:\\Users\\x")], 0),
        ('[wsl2]\nkernel=" a # b "  \n', [("wsl2.kernel", " a # b ")], 0),
        ('[wsl2]\nkernel="a\nswap=0\n', [("wsl2.swap", "0")], 1),
        ("[wsl2]\nkernel=a\\\nb\nswap=0\n", [("wsl2.kernel", "ab"), ("wsl2.swap", "0")], 0),
        ("[wsl2]\nnet-work=1\nswap=0\n", [("wsl2.swap", "0")], 1),
        ("[wsl2]\nswap\n", [], 1),
        ("[wsl2]\n[1x]\nswap=0\n", [("wsl2.swap", "0")], 1),
        ("[wsl2]\n[experimental] ;x\nswap=0\n", [("expe.swap", "0")], 1),
        ("[wsl2]\n[x]y\nswap=0\n", [("x", "0")], 1),
        ("[wsl2 ]\nswap=0\n", [("swap", "0")], 1),
        ("[wsl2]\nkernel=C:/é\n", [("wsl2.kernel", "C:/\xe9")], 0),
        ("[wsl2]\nkernel=中\n", [("wsl2.kernel", "\x2d")], 0),
        ("\ufeff[wsl2]\nswap=0\n", [("wsl2.swap", "0")], 0),
        ("", [], 0),
    ],
)
def test_wslconfig_line_by_line(text, settings, warnings):
    found = parse_windows(text.encode())
    assert [(name, value) for name, value, _ in found.settings] == settings
    assert len(found.warnings) == warnings


def test_wslconfig_in_utf16_is_read_by_its_mark():
    assert parse_windows("[wsl2]\nswap=0\n".encode("utf-16")).settings == [("wsl2.swap", "0", 2)]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"[boot]\nsystemd=true\n[user]\ndefault=dev\n", ["boot.systemd", "user.default"]),
        (b"[boot]\nsystemd=true\n; note\n[user]\ndefault=dev\n", ["boot.systemd"]),
        (b"\xef\xbb\xbf[boot]\nsystemd=true\n", []),
        (b"[boot]\r\nsystemd=true\r\n", ["boot.systemd"]),
        (b"[boot]\ncommand=a\\\nb\n[user]\ndefault=dev\n", ["boot.command", "user.default"]),
        (b"[boot]\r\ncommand=a\\\r\nnonsense\r\n", ["boot.command"]),
    ],
)
def test_in_wsl_conf_the_first_broken_line_ends_the_reading(data, names):
    assert [name for name, _, _ in parse_linux(data).settings] == names


def test_wsl_conf_keeps_letters_that_are_not_ascii():
    assert parse_linux("[boot]\ncommand=é\n".encode()).settings[0][1].encode("utf-8", "surrogateescape") == "é".encode()


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("LT-1", "LT-1"),
        ("a.b.c", "a.bc"),
        ("a--b", "a-b"),
        ("a.-b", "a.b"),
        ("-a-", "a"),
        ("张伟", "localhost"),
        ("x" * 70, "x" * 64),
    ],
)
def test_host_names_are_cleaned(name, clean):
    assert clean_host_name(name) == clean


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("[wsl2]\nswap=0\x1a\nmemory=1GB\n", [("wsl2.swap", "0")]),
        ("[wsl2]\rswap=0\rmemory=1GB # c\rkernel=a\n", [("wsl2.swap", "0"), ("wsl2.memory", "1GB")]),
        ("[wsl2]\nswap=0\uffffmemory=1GB\n", [("wsl2.swap", "0"), ("wsl2.memory", "1GB")]),
        ("[wsl2]\nkernel=a\\", []),
        ("a😀=1\n[wsl2]\nkernel=😀\n", [("wsl2.kernel", "=")]),
    ],
)
def test_the_ends_of_lines_and_of_the_file(text, settings):
    assert [(name, value) for name, value, _ in parse_windows(text.encode()).settings] == settings


def test_big_endian_utf16_cannot_be_opened():
    with pytest.raises(UnreadableError):
        parse_windows(b"\xfe\xff" + "[wsl2]\nswap=0\n".encode("utf-16-be"))


@pytest.mark.parametrize(
    ("length", "end", "read"),
    [(2048, b"\xfc", False), (2047, b"\xfc#", True), (2049, b"\xfc#", False), (2048, b"\x80", False), (2048, "é".encode(), True)],
)
def test_a_piece_that_ends_within_no_character_is_lost_with_what_follows(length, end, read):
    """UCRT's translate_ansi_or_utf8_nolock: the piece is refused, unless a lead byte stands among its last four bytes."""
    head = b"[wsl2]\nswap=0\n#"
    data = head + b"x" * (length - len(head) - len(end)) + end + b"\nmemory=1GB\n"
    assert bool(parse_windows(data).settings) is read
