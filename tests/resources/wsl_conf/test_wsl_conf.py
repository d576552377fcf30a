"""Where wsl.conf is read otherwise than .wslconfig: WslDistributionConfig.cpp's rules, one by one."""

import pytest
from support.ini import wsl_conf

check, merge, parse = wsl_conf.check, wsl_conf.merge, wsl_conf.parse
SYSTEMD = {"boot": {"systemd": True}}


@pytest.mark.parametrize("broken", ["; x", "[boot", "[ boot]", "systemd", "command=C:\\Users", 'command="x', "x_y=1"])
def test_the_first_broken_line_ends_the_parsing(broken):
    parsed = parse(f"[boot]\nsystemd=true\n{broken}\n[user]\ndefault=dev\n".encode())
    assert parsed.values == {("boot", "systemd"): True}
    assert [line.effect for line in parsed.lines] == ["section", "set", "dropped", "unread"]
    assert "reads nothing below this line" in parsed.lines[2].message


@pytest.mark.parametrize("harmless", ["foo=1", "[nonsense]", "systemd=maybe", "[boot]", "# x", "systemd=false"])
def test_unknown_keys_bad_values_and_duplicates_do_not_end_it(harmless):
    parsed = parse(f"[boot]\nsystemd=true\n{harmless}\n[user]\ndefault=dev\n".encode())
    assert parsed.values == {("boot", "systemd"): True, ("user", "default"): "dev"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_kills_the_file(encoding):
    parsed = parse("[boot]\nsystemd=true\n".encode(encoding))
    assert parsed.values == {}
    assert [line.effect for line in parsed.lines] == ["unread"]
    assert "WSL reads nothing" in parsed.lines[0].message


def test_non_ascii_survives():
    assert parse("[user]\ndefault=jörg\n".encode()).values == {("user", "default"): "jörg"}


def test_windows_line_ends_work_but_a_backslash_before_one_continues_nothing():
    assert parse(b"[boot]\r\nsystemd=true\r\n").values == {("boot", "systemd"): True}
    parsed = parse(b"[boot]\r\ncommand=a\\\r\nsystemd=true\r\n")
    assert parsed.values == {("boot", "command"): "a", ("boot", "systemd"): True}
    assert [line.number for line in parsed.lines] == [1, 2, 3]


def test_ctrl_z_is_a_character_like_others():
    assert parse(b"[boot]\ncommand=a\x1ab\n").values == {("boot", "command"): "a\x1ab"}


@pytest.mark.parametrize(("text", "stored"), [("0022", 18), ("18", 18), ("0x12", 18), ("99999999999", None), ("9" * 5000, None)])
def test_an_int_out_of_range_is_invalid_and_octal_has_a_leading_0(text, stored):
    assert parse(f"[filesystem]\numask={text}\n".encode()).values.get(("filesystem", "umask")) == stored


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b"[boot]\nsystemd=true\n"),
        (b"[user]\ndefault=dev\n", b"[user]\ndefault=dev\n\n[boot]\nsystemd=true\n"),
        (b"[user]\ndefault=dev\n; x\n[boot]\nsystemd=true\n",
         b"[boot]\nsystemd=true\n\n[user]\ndefault=dev\n; x\n[boot]\nsystemd=true\n"),
        (b"; x\n", b"[boot]\nsystemd=true\n\n; x\n"),
        (b"; default=x\n[user]\n",
         b"[boot]\nsystemd=true\n\n# The lines below stand in no section, and WSL reads none of them.\n[none]\n"
         b"; default=x\n[user]\n"),
        (b"# first\n\n# people=1\n# people\n[user]\ndefault=a\\c\n",
         b"# first\n\n# people=1\n\n[boot]\nsystemd=true\n\n# people\n[user]\ndefault=a\\c\n"),
        (b"[boot]\nsystemd true\n# end\n", b"[boot]\nsystemd=true\n# end\n"),
        (b"[boot]\nsystemd true\nsystemd=false\n", b"[boot]\nsystemd=true\n# not read by WSL: systemd=false\n"),
        (b"[boot]\nsystemd true\ncommand=x\n", b"[boot]\nsystemd=true\nsystemd true\ncommand=x\n"),
        (b"[boot]\nsystemd=false\nsystemd true\ncommand=x\n", b"[boot]\nsystemd=true\nsystemd true\ncommand=x\n"),
        (b"[boot]\nsystemd true\nsystemd=false\n[user]\ndefault=a\n",
         b"[boot]\nsystemd=true\nsystemd true\nsystemd=false\n[user]\ndefault=a\n"),
        (b"\xef\xbb\xbf[boot]\nsystemd=true\n", b"[boot]\nsystemd=true\n"),
        (b"[boot]\r\nsystemd=false\r\n", b"[boot]\r\nsystemd=true\r\n"),
        (b"[boot]\ncommand=a\\", b"[boot]\nsystemd=true\ncommand=a\\"),
    ],
)  # fmt: skip
def test_our_value_gets_in_force_and_other_lines_stay(old, new):
    merged = merge(old, SYSTEMD)
    assert merged == new
    assert parse(merged).values[("boot", "systemd")] is True
    assert merge(merged, SYSTEMD) == merged


def test_a_broken_line_of_ours_is_mended_only_where_that_brings_nothing_else_to_life():
    declared = {**SYSTEMD, "network": {"hostname": "lt-1"}}
    merged = merge(b"[boot]\nsystemd true\n[user]\ndefault=a\n", declared)
    assert merged == b"[network]\nhostname=lt-1\n\n[boot]\nsystemd=true\nsystemd true\n[user]\ndefault=a\n"
    merged = merge(b"[boot]\nsystemd true\n[network]\nhostname=a\n", declared)
    assert merged == b"[boot]\nsystemd=true\n[network]\nhostname=lt-1\n"


def test_settings_of_an_old_and_of_a_new_section_each_get_into_their_own():
    old = b"[interop]\nappendWindowsPath=false\n"
    merged = merge(old, {"automount": {"options": "metadata"}, "interop": {"enabled": False}})
    assert merged == old + b"enabled=false\n\n[automount]\noptions=metadata\n"
    assert ("automount", "enabled") not in parse(merged).values


def test_a_broken_line_is_in_its_section_once_somebody_mends_it():
    old = b"[boot]\nsystemd=true\ncommand=echo \\$HOME\n[user]\ndefault=dev\n"
    merged = merge(old, {"automount": {"enabled": False}})
    assert merged == b"[automount]\nenabled=false\n\n" + old
    assert parse(merged.replace(b"\\", b"")).values["boot", "command"] == "echo $HOME"
    once_more = merge(merged, {"automount": {"enabled": False}, "interop": {"enabled": False}})
    assert once_more == b"[automount]\nenabled=false\n\n[interop]\nenabled=false\n\n" + old


@pytest.mark.parametrize(
    ("declared", "said", "remedy"),
    [
        ({"boot": {"systmed": True}}, "did you mean boot.systemd?", ""),
        ({"user": {"systemd": True}}, "belongs into [boot]", "write boot.systemd"),
        ({"boot": {"memory": "8GB"}}, "is a key of .wslconfig [wsl2]", ""),
        ({"wsl2": {"memory": "8GB"}}, "is a section of .wslconfig", ""),
        ({"systemd": True}, "stands in no section", "write boot: {systemd: …}"),
        ({"boot": {"systemd": "yes"}}, "is not true or false", ""),
        ({"boot": True}, "has keys with values", "write {command: …}"),
        ({"filesystem": {"umask": 1000}}, "is not an octal number such as '0022'", ""),
        ({"network": {"hostname": "a_b"}}, "does not match", "write a text in one line"),
        ({"user": {"default": "dev\n"}}, "control character", "write the value in single quotes"),
        ({"automount": {"cgroups": "v3"}}, "is not one of v1, v2", ""),
    ],
)
def test_a_wrong_declaration_is_told_with_the_right_form(declared, said, remedy):
    (problem,) = check(declared)
    assert said in problem.message
    assert problem.remedy == remedy


def test_a_right_declaration_has_no_problem():
    assert check({"boot": {"systemd": True, "command": "echo 'ü' # x"}, "filesystem": {"umask": "0022"}, "mode": "replace"}) == []
