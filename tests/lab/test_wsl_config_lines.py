"""Numbers of lines, letters and ends of files as WSL has them (ParseConfigFile of configfile.cpp; Windows' C library)."""

import pytest

from pyinfra_wsl.lab.wsl.configfile import parse_linux, parse_windows


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[wsl2]\na=1\n\n# note\nb=2 # note\nc=3\n", [2, 5, 6]),
        ("[wsl2] # note\na=1\n", [2]),
        ("[wsl2]\na=1\\\n2\\\n3\nb=1\n", [4, 5]),  # a continued value has its last line's number
        ("[wsl2]\n\t \na=1", [3]),
        ("[wsl2]\n1=1\nb=2\n", [3]),
        ("[wsl2]\na=1\uffffb=2\nc=3\n", [2, 3, 4]),  # WEOF is 0xFFFF: it ends a line
        ("[wsl2]\na=1\rb=2\nc=3\n", [2, 3, 4]),  # so does a carriage return alone
        ("[wsl2]\na=1\n\x1ab=2\n", [2]),  # Ctrl+Z ends a text file
    ],
)
def test_lines_are_numbered_as_wsl_counts(text, lines):
    assert [line for _, _, line in parse_windows(text.encode()).settings] == lines


def test_crlf_in_wsl_conf_counts_sections_and_settings_twice_and_comments_once():
    found = parse_linux(b"[boot]\r\n# note\r\n\r\ncommand=a\r\nsystemd=true # note\r\ninitTimeout=1\r\n")
    assert [line for _, _, line in found.settings] == [5, 7, 8]


@pytest.mark.parametrize(
    ("text", "settings", "complaint"),
    [
        ("[wsl2]\nkernel=a\\", [], "MessageConfigInvalidEscape"),  # a backslash at the end of the file is no continuation
        ("[wsl2]\nkernel=a\u0122b\n", [("wsl2.kernel", "a\x22b")], ""),  # cut to a quote, after quotes were looked for
        ("[wsl2]\nkernel=a\u0123b\n", [("wsl2.kernel", "a#b")], ""),
        ("[wsl2]\nkernel=a\u0100b\n", [("wsl2.kernel", "a")], ""),  # cut to NUL, which ends a C string
        ("[wsl2]\nkernel=\U0001f600\n", [("wsl2.kernel", "\x3d\x00"[:1])], ""),  # two units, the second cut to NUL
        ("[wsl2]\n\u0141=1\n", [], "MessageConfigInvalidKey"),
    ],
)
def test_letters_are_cut_to_a_byte_only_when_they_are_kept(text, settings, complaint):
    found = parse_windows(text.encode())
    assert [(name, value) for name, value, _ in found.settings] == settings
    assert [one.text for one in found.warnings] == ([complaint] if complaint else [])


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"[wsl2]\nkernel=\xfc\nswap=0\n", 2),  # decoded as best it can
        (b"[wsl2]\nkernel=\xfc\xfc\xfc\xfc", 0),  # the file ends where no character can: its only piece is lost
        (b"[wsl2]\nswap=0\n" + b"#" * 2033 + b"\n" + b"kernel=" + b"\xb1" * 5, 1),  # pieces of 2,048 bytes
        (b"[wsl2]\n" + b"#" * 2040 + b"\xb1\nswap=0\n", 0),  # a piece that ends so ends the reading
        (b"[wsl2]\n" + b"#" * 2039 + b"\xb1\nswap=0\n", 1),
        (b"[wsl2]\nswap=0\n#" + b"\xc3\xbc" * 2000 + b"\nmemory=1\n", 2),  # UTF-8 across the pieces' edges
    ],
)
def test_a_file_that_is_not_utf_8_is_read_in_pieces_of_2048_bytes(data, names):
    assert len(parse_windows(data).settings) == names
