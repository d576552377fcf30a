"""Our values put into a user's file: their lines stay, ours are in force."""

import pytest
from support.ini import wslconfig

merge, parse = wslconfig.merge, wslconfig.parse
MEMORY = {"wsl2": {"memory": "8GB"}}


@pytest.mark.parametrize(
    "old",
    [
        b"[wsl2]\nmemory=8GB\n",
        b"[wsl2]\r\n  Memory = 8589934592 # all\r\n",
        b'[WSL2]\nmemory="8192MB"\nmemory=4GB\n',
        b'[wsl2]\nmemory="4GB\nmemory=8GB\n',
        "[wsl2]\r\nmemory=8GB\r\n".encode("utf-16"),
    ],
)
def test_a_file_that_says_the_same_in_other_words_is_left_alone(old):
    assert merge(old, MEMORY) == old


def test_an_absent_key_has_its_constant_default():
    assert merge(b"", {"wsl2": {"localhostForwarding": True, "vmIdleTimeout": 60000}}) == b""
    assert merge(b"[wsl2]\n", {"wsl2": {"localhostForwarding": False}}) == b"[wsl2]\nlocalhostForwarding=false\n"


def test_a_default_that_wsl_computes_is_not_taken_for_the_declared_value():
    assert merge(b"", {"wsl2": {"networkingMode": "nat"}}) == b"[wsl2]\r\nnetworkingMode=Nat\r\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b"[wsl2]\r\nmemory=8GB\r\n"),
        (b"# mine", b"# mine\r\n\r\n[wsl2]\r\nmemory=8GB\r\n"),
        (b"[wsl2]\nmemory=4GB\n", b"[wsl2]\nmemory=8GB\n"),
        (b"[wsl2]\r\n Memory =  4GB  # why\r\nswap=0", b"[wsl2]\r\n Memory =  8GB  # why\r\nswap=0"),
        (b"[wsl2]\nswap=0\n\n# end\n[general]\n", b"[wsl2]\nswap=0\nmemory=8GB\n\n# end\n[general]\n"),
        (b"[wsl2]\nswap=0", b"[wsl2]\nswap=0\nmemory=8GB\n"),
        (b"[general]\ninstanceIdleTimeout=1\n", b"[general]\ninstanceIdleTimeout=1\n\n[wsl2]\nmemory=8GB\n"),
        (b"[wsl2]\nmemory=8gb\n", b"[wsl2]\nmemory=8GB\n"),
        (b"[wsl2]\nmemory 4GB\n", b"[wsl2]\nmemory=8GB\n"),
        (b'[wsl2]\n  memory="4GB # x\r\n', b"[wsl2]\nmemory=8GB\r\n"),
        (b"[wsl2]\nmemory=4GB\n[wsl2]\nmemory=2GB\n", b"[wsl2]\nmemory=8GB\n[wsl2]\n# not read by WSL: memory=2GB\n"),
        (b"[wsl2]\nmemory=4\\\nGB\nswap=0\n", b"[wsl2]\nmemory=8GB\nswap=0\n"),
        (b"memory=4GB\n", b"memory=4GB\n\n[wsl2]\nmemory=8GB\n"),
        (b"[wsl2]\nvmSwitch=a\\\n", b"[wsl2]\nvmSwitch=a\\\n\nmemory=8GB\n"),
        (b"[general]\nfoo=a\\", b"[wsl2]\nmemory=8GB\n\n[general]\nfoo=a\\"),
        (b"[general]\n[ wsl2]\nfoo=1\n", b"[general]\n[ wsl2]\nfoo=1\n\n[wsl2]\nmemory=8GB\n"),
        (b"[wsl2]\nswap=0\x1a\nmemory=4GB", b"[wsl2]\nswap=0\nmemory=8GB\n\x1a\nmemory=4GB"),
        (b"[wsl2 ]\nmemory=4GB\n", b"[wsl2 ]\nmemory=4GB\n\n[wsl2]\nmemory=8GB\n"),
    ],
)
def test_only_our_key_is_touched(old, new):
    assert merge(old, MEMORY) == new
    assert parse(new).values[("wsl2", "memory")] == 8 << 30


def test_a_setting_below_its_old_section_is_changed_there():
    new = merge(b"[experimental]\nnetworkingMode=nat\n", {"wsl2": {"networkingMode": "mirrored"}})
    assert new == b"[experimental]\nnetworkingMode=Mirrored\n"


def test_a_path_is_written_with_every_backslash_twice():
    new = merge(b"[wsl2]\nkernel=C:\\temp\\new\n", {"wsl2": {"kernel": r"C:\temp\new"}})
    assert new == b"[wsl2]\nkernel=C:\\\\temp\\\\new\n"


def test_utf16_stays_and_a_mark_of_utf8_goes():
    old = "[wsl2]\r\nmemory=4GB\r\n# café\r\n"
    assert merge(old.encode("utf-16"), MEMORY) == old.replace("4GB", "8GB").encode("utf-16")
    assert merge(old.encode("utf-8-sig"), MEMORY) == old.replace("4GB", "8GB").encode()


def test_a_file_that_wsl_cannot_decode_is_rewritten_so_that_it_can():
    old = b"\xfe\xff" + "[wsl2]\nmemory=8GB\nswap=0\n".encode("utf-16-be")
    assert merge(old, MEMORY) == b"[wsl2]\nmemory=8GB\nswap=0\n"


@pytest.mark.parametrize("memory", [b"4GB", b"8GB"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_of_another_code_page_is_written_as_utf8_even_where_its_values_are_right(memory, mark):
    """Windows may lose a piece of it, so what it says is not what WSL surely has."""
    old = mark + b"# caf\xe9 \x80 \xc3\xa9\n[wsl2]\nmemory=" + memory + b"\n"
    assert "not UTF-8" in parse(old).problems[0]
    new = merge(old, MEMORY)
    assert new == "# café € é\n[wsl2]\nmemory=8GB\n".encode()
    assert parse(new).problems == ()
    assert merge(new, MEMORY) == new


def test_nothing_declared_leaves_a_file_of_another_code_page_alone():
    assert merge(b"# caf\xe9\n", {}) == b"# caf\xe9\n"


TUNNEL = {"wsl2": {"dnsTunneling": True}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"[experimental]\ndnsTunnelingIpAddress=1.2.3\nautoMemoryReclaim=gradual\n",
         b"[experimental]\ndnsTunnelingIpAddress=1.2.3\ndnsTunneling=true\nautoMemoryReclaim=gradual\n"),
        (b"[wsl2]\ndnsTunneling=true\n[experimental]\ndnsTunnelingIpAddress=1.2.3",
         b"[wsl2]\n# not read by WSL: dnsTunneling=true\n[experimental]\ndnsTunnelingIpAddress=1.2.3\ndnsTunneling=true\n"),
        (b"[experimental]\ndnsTunnelingIpAddress=1.2.3\n[wsl2]\ndnsTunneling=false\n",
         b"[experimental]\ndnsTunnelingIpAddress=1.2.3\n[wsl2]\ndnsTunneling=true\n"),
        (b"[experimental]\ndnsTunnelingIpAddress=1.2.3\n[wsl2]\ndnsTunneling=1\n",
         b"[experimental]\ndnsTunnelingIpAddress=1.2.3\n[wsl2]\ndnsTunneling=1\n"),
    ],
)  # fmt: skip
def test_tunnelling_is_declared_below_a_refused_address_which_turns_it_off(old, new):
    assert merge(old, TUNNEL) == new
    assert parse(new).values["wsl2", "dnsTunneling"] is True


def test_tunnelling_that_is_declared_off_and_is_off_by_a_refused_address_is_as_declared():
    old = b"[wsl2]\ndnsTunneling=true\n[experimental]\ndnsTunnelingIpAddress=x\n"
    assert merge(old, {"wsl2": {"dnsTunneling": False}}) == old
    repaired = merge(old, {"experimental": {"dnsTunnelingIpAddress": "10.0.0.1"}})
    assert parse(repaired).values["wsl2", "dnsTunneling"] is True


def test_early_boot_logging_has_no_constant_default():
    """It is on with a debug console, so that only a line keeps it off."""
    off = {"wsl2": {"earlyBootLogging": False}}
    assert merge(b"[wsl2]\ndebugConsole=true\n", off) == b"[wsl2]\ndebugConsole=true\nearlyBootLogging=false\n"


def test_a_section_whose_broken_name_is_filled_up_takes_no_key_of_ours():
    new = merge(b"[a0000]\n[wsl2\nA=\n", {"wsl2": {"nestedVirtualization": False}})
    assert parse(new).values == {("wsl2", "nestedVirtualization"): False}
    assert new.startswith(b"[a0000]\n[wsl2\nA=\n")


@pytest.mark.parametrize("declared", [MEMORY, {"general": {"instanceIdleTimeout": 1}}])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_file_that_ends_between_the_halves_of_a_line_end_behind_a_backslash_swallows_nothing_of_ours(codec, declared):
    old = "[wsl2]\ncrashDumpFolder=C:\\\r".encode(codec)
    after = parse(merge(old, declared)).values
    assert after.pop(("wsl2", "crashDumpFolder")) == "C:"
    assert list(after) == [(section, key) for section, keys in declared.items() for key in keys]
    assert merge(old + "\n".encode("utf-16-le" if codec == "utf-16" else codec), declared)
