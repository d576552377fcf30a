"""What WSL does with each line: configfile.cpp's rules, one by one."""

import pytest
from support.ini import wslconfig

parse = wslconfig.parse


def effects(text):
    return [line.effect for line in parse(text.encode()).lines]


def value(text, key="kernelCommandLine"):
    return parse(f"[wsl2]\n{text}".encode()).values.get(("wsl2", key))


def message(text):
    return next(line.message for line in parse(f"[wsl2]\n{text}".encode()).lines[1:] if line.message)


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        ("kernelCommandLine=a b", "a b"),
        ("  \tKERNELCOMMANDLINE \t=\t a b \t # comment", "a b"),
        ('kernelCommandLine="  a # b  "', "  a # b  "),
        ('kernelCommandLine=a" "b', "a b"),
        (r"kernelCommandLine=a\\b\"c", 'a\\b"c'),
        (r"kernelCommandLine=a\tb\nc\bd", "a\tb\nc\bd"),
        (r"kernelCommandLine=a\t", "a\t"),
        ("kernelCommandLine=a \\\n  b", "a   b"),
        ("kernelCommandLine=a \\\r\n  b\r\n", "a   b"),
        ("kernelCommandLine=a \\\n", "a "),
        ("kernelCommandLine=a ; b", "a ; b"),
        ("kernelCommandLine=a=b", "a=b"),
        ("kernelCommandLine=", ""),
        ("kernelCommandLine=# comment", ""),
        ("kernelCommandLine=a\rvmSwitch=b", "a"),
        ("kernelCommandLine=a\0b", "a"),
    ],
)
def test_a_value_is_stored_as_the_parser_has_it(line, stored):
    assert value(line) == stored


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (r"kernel=C:\Users\x", r"\U is no escape"),
        (r"kernel=C:\\x\ ", r"is no escape"),
        ("kernel=C:\\", "a backslash at the end of the file"),
        ('kernel="C', "odd number of quotes"),
        ("memory 8GB", "has = behind it"),
        ("kernel_x=1", "has = behind it"),
        ("; memory=8GB", "; begins no comment; write #"),
        ("8GB", "begins with a letter"),
        ("émory=1", "begins with a letter"),
        ("[ wsl2]", "a section's name begins with a letter"),
        ("[wsl2 ]", "without spaces"),
        ("[wsl2", "without spaces"),
        ("[wsl2] ; x", "only a # comment may follow"),
    ],
)
def test_a_broken_line_is_dropped_alone_and_the_reason_said(line, said):
    parsed = parse(f"[wsl2]\n{line}\n[wsl2]\nprocessors=2\n".encode() if not line.endswith("\\") else f"[wsl2]\n{line}".encode())
    assert parsed.lines[1].effect == "dropped"
    assert said in parsed.lines[1].message
    assert line.endswith("\\") or parsed.values == {("wsl2", "processors"): 2}


def test_every_character_of_the_file_is_kept_with_its_line_number():
    text = "# c\r\n\r\n [wsl2] # x\r\nkernelCommandLine=a\\\r\n b\r\nmemory=8GB"
    lines = parse(text.encode()).lines
    assert "".join(line.text for line in lines) == text
    assert [(line.number, line.effect) for line in lines] == [
        (1, "nothing"), (2, "nothing"), (3, "section"), (4, "set"), (6, "set"),
    ]  # fmt: skip


def test_the_first_line_of_a_key_wins_even_with_an_invalid_value():
    parsed = parse(b"[wsl2]\nmemory=8gb\n[experimental]\n[WSL2]\nMemory=4GB\n")
    assert [line.effect for line in parsed.lines] == ["section", "invalid", "section", "section", "duplicate"]
    assert parsed.values == {}
    assert "line 2" in parsed.lines[4].message


def test_a_dropped_line_does_not_take_the_place_of_a_later_one():
    assert parse(b'[wsl2]\nmemory="8GB\nmemory=4GB\n').values == {("wsl2", "memory"): 4 << 30}


def test_the_old_names_below_experimental_share_the_place_of_the_new_ones():
    parsed = parse(b"[experimental]\nnetworkingMode=mirrored\n[wsl2]\nnetworkingMode=nat\n")
    assert parsed.values == {("wsl2", "networkingMode"): "Mirrored"}
    assert parsed.lines[3].effect == "duplicate"


def test_a_key_before_any_section_is_unknown():
    line = parse(b"memory=8GB\n").lines[0]
    assert (line.effect, line.message) == ("unknown", "memory stands in no section; put it below [wsl2]")


@pytest.mark.parametrize(
    ("broken", "section"),
    [("[experimental] ;x", "expe"), ("[wsl2 ]", "wsl2"), ("[ab ]", "ab\0\0"), ("[!]", "wsl2"), ("[", "wsl2")],
)
def test_a_broken_section_line_leaves_its_remains_before_the_keys_below(broken, section):
    line = parse(f"[wsl2]\n{broken}\nmemory=8GB\n".encode()).lines[2]
    assert line.entry.section == section
    assert line.effect == ("set" if section == "wsl2" else "unknown")


def test_without_a_valid_section_above_a_broken_one_leaves_nothing():
    assert parse(b"[wsl2 ]\nmemory=8GB\n").lines[1].entry.section == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("memroy=8GB", "did you mean wsl2.memory?"),
        ("autoMemoryReclaim=gradual", "belongs into [experimental], not into [wsl2]"),
        ("systemd=true", "is a key of wsl.conf [boot]"),
        ("memory=8gb", "'8gb' is refused; write 8GB"),
        ("memory=8 GB", "write 8GB"),
        ("memory=", "'' is refused"),
        ("memory=8GB ; all", "; begins no comment"),
        ("memory=-1", "too large or negative"),
        ("ipv6=yes", "write true"),
        ("ipv6=off", "write false"),
        ("processors=four", "a whole number"),
        ("processors=99999999999", "WSL reads it as 2147483647"),
        ("networkingMode=mirorred", "one of none, nat, bridged, mirrored"),
        ("macAddress=00:11", "no distribution starts"),
        (r"kernel=C:\temp\kernel", "write every backslash twice"),
        (r"swapFile=C:\new", "control character"),
        (r"kernel=C:\\Users\\%USERNAME%\\bzImage", "WSL expands no variables here"),
        ("swapFile=C:\\\\Jörg", "cuts every character that is not ASCII"),
        ("kernelCommandLine=quiet ; debug", "; begins no comment and is part of the value"),
        ("virtio9p=true", "WSL ignores it"),
    ],
)
def test_a_trap_is_told_with_the_right_form(text, said):
    assert said in message(text)


def test_a_setting_without_a_trap_has_no_message():
    good = rb"""[wsl2]
memory=8GB
kernel=C:\\temp\\kernel
networkingMode=Mirrored
kernelCommandLine=a\nb
"""
    assert parse(good).problems == ()


@pytest.mark.parametrize(
    ("text", "stored"),
    [("0" * 60 + "10", 8), ("0x" + "0" * 60 + "1f", 31), ("-" + "0" * 60 + "7", -7), ("0" * 60, 0), ("0" * 60 + "8", None),
     ("0x10", 16), ("010", 8), ("-5", -5), ("+5", 5), ("08", None), ("0x", None), ("5 x", None), ("99999999999", 2**31 - 1)],
)  # fmt: skip
def test_an_int_is_read_as_strtol_does_with_base_0(text, stored):
    assert value(f"processors={text}", "processors") == stored


@pytest.mark.parametrize(
    ("text", "stored"), [("1", True), ("TRUE", True), ("False", False), ("0", False), ("on", None), ("", None)]
)
def test_a_bool_is_1_0_true_or_false(text, stored):
    assert value(f"ipv6={text}", "ipv6") is stored


def test_ports_are_read_by_stoi_and_bad_ones_left_out():
    parsed = parse(b"[experimental]\nignoredPorts=3000,80abc,x,0,65536,,9000\n")
    assert parsed.values == {("experimental", "ignoredPorts"): (80, 3000, 9000)}
    assert "x, 0, 65536" in parsed.lines[1].message
    zeros = parse(f"[experimental]\nignoredPorts={'0' * 60}80,+0081,-82,{'0' * 60}\n".encode())
    assert zeros.values == {("experimental", "ignoredPorts"): (80, 81)}


def test_an_invalid_tunnelling_address_turns_tunnelling_off():
    line = parse(b"[experimental]\ndnsTunnelingIpAddress=1.2.3\n").lines[1]
    assert (line.effect, "DNS tunnelling is off" in line.message) == ("invalid", True)


@pytest.mark.parametrize(
    ("rows", "on"),
    [
        ("dnsTunnelingIpAddress=1.2.3", False),
        ("dnsTunneling=true\ndnsTunnelingIpAddress=1.2.3", False),
        ("dnsTunnelingIpAddress=1.2.3\ndnsTunneling=true", True),
        ("dnsTunnelingIpAddress=1.2.3\ndnsTunneling=maybe", False),
        ("dnsTunneling=maybe\ndnsTunnelingIpAddress=1.2.3\ndnsTunneling=true", False),
        ("dnsTunnelingIpAddress=10.0.0.1\ndnsTunnelingIpAddress=1.2.3", None),
        ("dnsTunnelingIpAddress=1.\\2.3", None),
    ],
)
def test_a_refused_address_sets_tunnelling_where_it_stands(rows, on):
    """An address that is a duplicate or stands in a broken line is not looked at."""
    assert parse(f"[experimental]\n{rows}\n".encode()).values.get(("wsl2", "dnsTunneling")) is on


def test_an_invalid_mac_address_is_fatal_and_both_separators_are_fine():
    assert effects("[wsl2]\nmacAddress=00-15-5d:01-02-03\n")[1] == "fatal"
    assert value("macAddress=00-15-5D-01-02-03", "macAddress") == "00:15:5d:01:02:03"


def test_consomme_and_virtioproxy_are_one_mode():
    modes = [value(f"networkingMode={word}", "networkingMode") for word in ("consomme", "VIRTIOPROXY")]
    assert modes == ["VirtioProxy", "VirtioProxy"]


def test_non_ascii_is_cut_to_one_byte_for_each_utf16_unit():
    line = parse("[wsl2]\nkernelCommandLine=x中y\n".encode()).lines[1]
    assert line.entry.value == b"x-y"
    assert parse("[wsl2]\nkernelCommandLine=é\n".encode()).lines[1].entry.value == b"\xe9"
    assert parse(b"[wsl2]\nkernelCommandLine=\xe9\n").lines[1].entry.value == b"\xfd"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_that_windows_knows_is_honoured(encoding):
    assert parse("[wsl2]\r\nmemory=8GB\r\n".encode(encoding)).values == {("wsl2", "memory"): 8 << 30}


def test_big_endian_utf16_is_not_read_at_all():
    parsed = parse(b"\xfe\xff" + "[wsl2]\nmemory=8GB\n".encode("utf-16-be"))
    assert parsed.values == {}
    assert "WSL reads nothing" in parsed.lines[0].message


def test_the_character_that_stands_for_the_end_of_a_file_ends_a_line():
    parsed = parse("[wsl2]\nmemory=8GB\uffffswap=0\uffff# c\uffffipv6=true\n\uffff  dhcp=false".encode())
    assert parsed.values == {
        ("wsl2", "memory"): 8 << 30, ("wsl2", "swap"): 0, ("wsl2", "ipv6"): True, ("wsl2", "dhcp"): False,
    }  # fmt: skip
    assert parse("[wsl2]\nvmSwitch=a\\\uffffmemory=8GB\nswap=0".encode()).values == {("wsl2", "swap"): 0}


@pytest.mark.parametrize(("data", "doubted"), [(b"# caf\xe9\n", True), ("# café\n".encode(), False), (b"\xef\xbb\xbf\xff", True)])
def test_a_file_that_is_not_utf8_may_be_lost_in_part(data, doubted):
    assert bool(parse(data).decoded.doubt) is doubted
    assert any("not UTF-8" in problem for problem in parse(data).problems) is doubted


def test_ctrl_z_ends_the_file():
    parsed = parse(b"[wsl2]\nmemory=8GB\x1a\nswap=0\n")
    assert parsed.values == {("wsl2", "memory"): 8 << 30}
    assert parsed.lines[-1].effect == "unread"


def test_an_empty_file_sets_nothing():
    assert parse(b"").lines == ()


def test_a_broken_file_is_diagnosed_line_by_line():
    broken = b"[wsl2]\r\nmemory=8gb\r\nswapFile=C:\\Users\\x\r\n;old\r\nmemroy=1GB\r\n"
    assert [problem.partition(":")[0] for problem in parse(broken).problems] == ["line 2", "line 3", "line 4", "line 5"]
