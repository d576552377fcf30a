"""What nobody writes by purpose, and what somebody may: each is told in lines, in the right words, and soon."""

import re
import textwrap
import time

import pytest

from pyinfra_wsl import fleet, inventory
from pyinfra_wsl.fleet import file as fleet_file

DIGITS = "1" * 5000
SHA = "a" * 64
LONG = "g" * 100_000
ADDRESS = "https://ada:hunter2@h.example/x?sig=hunter3"
SECONDS = 8
"""For the worst of them, with the other programs of a test run beside it."""


@pytest.fixture
def problems(tmp_path):
    """Problems of a fleet file, without its folder; it is loaded as an inventory is."""

    def problems(text):
        file = tmp_path / "fleet.yml"
        file.write_text(text, encoding="utf-8")
        began = time.monotonic()
        with pytest.raises(fleet.FleetError) as caught:
            fleet.load(file)
        assert time.monotonic() - began < SECONDS
        found = [problem.removeprefix(f"{file.parent}/") for problem in caught.value.problems]
        assert all(one.isprintable() and len(one) < 2500 for one in found)
        return found

    return problems


def host(values):
    return f"hosts:\n  A:\n{textwrap.indent(values, '    ')}\n"


def bomb(first, level):
    """Return aliases that repeat those of the level before nine times, over nine levels."""
    levels = (f"x{one}: &x{one} {level.format(', '.join([f'*x{one - 1}'] * 9))}" for one in range(1, 10))
    return "\n".join([f"x0: &x0 {first}", *levels])


TAGS = [
    ("connection: {port: !!int abc}", "connection.port: 'abc' is not what the tag !!int says; remove the tag"),
    ("connection: {port: !!int 0777}", "connection.port: '0777' is not what the tag !!int says"),
    ("snapshot_ttl: !!float abc", "snapshot_ttl: 'abc' is not what the tag !!float says"),
    ("wsl_distros: {U: {docker_integration: !!bool x}}", "wsl_distros.U.docker_integration: 'x' is not what the tag !!bool says"),
    ("user: !!null x", "user: 'x' is not what the tag !!null says"),
    ("user: !!binary aGk=", "user: the tag !!binary means nothing here; remove it"),
    ("user: !!timestamp 2001-01-01", "user: the tag !!timestamp means nothing here"),
    ("wsl: !!set {default_version}", "wsl: the tag !!set means nothing here"),
    ("groups: !!omap [a: 1]", "groups: the tag !!omap means nothing here"),
    ("groups: !!int [a]", "groups: the tag !!int means nothing here"),
    ("user: !mine x", "user: the tag !mine means nothing here"),
    ("!!int user: console", "user: 'user' is not what the tag !!int says"),
]


@pytest.mark.parametrize(("values", "problem"), TAGS)
def test_a_tag_that_does_not_fit_is_told(problems, values, problem):
    assert problems(host(values))[0].startswith(f"fleet.yml:3: hosts.A.{problem}")


def test_a_tag_that_fits_is_taken(tmp_path):
    (tmp_path / "f.yml").write_text(host("connection: {port: !!int 0x16, user: !!str 12}\nsnapshot_ttl: !!float 1"))
    found = fleet.load(tmp_path / "f.yml").hosts["A"].data
    assert (found["connection"], found["snapshot_ttl"]) == ({"port": 22, "user": "12"}, 1.0)


def test_a_value_that_cannot_be_read_is_not_missed_as_well(problems):
    (line,) = problems(host("wsl_distros: {U: {source: 'https://x/u.tar', sha256: !!int abc}}"))
    assert "wsl_distros.U.sha256: 'abc' is not" in line


@pytest.mark.parametrize("number", [DIGITS, f"-{DIGITS}", f"0x{DIGITS}", f"0o{DIGITS}", f"!!float 0x{DIGITS}"])
@pytest.mark.parametrize("place", ["connection: {{port: {}}}", "wslconfig: {{wsl2: {{memory: {}, processors: 2}}}}"])
def test_a_number_of_thousands_of_digits_is_told(problems, number, place):
    (line,) = problems(host(place.format(number)))
    assert "has more than 40 digits; write a smaller number, or quotes for text" in line


@pytest.mark.parametrize("number", ["1.0e999", f"{DIGITS}."])
def test_a_number_without_end_is_told(problems, number):
    (line,) = problems(host(f"snapshot_ttl: {number}"))
    assert "is too large for a number" in line


def test_a_text_of_thousands_of_digits_is_told_where_a_size_or_a_version_is_meant(problems):
    values = f"wslconfig: {{wsl2: {{memory: {DIGITS}gb, swap: 1.{DIGITS}GB}}}}\nwsl: {{package: {{minimum: {DIGITS}.1.2}}}}"
    memory, swap, version = problems(host(values))
    assert memory.endswith("… is not a size WSL reads; write 8GB")
    assert swap.endswith("… is not a size WSL reads; write 8GB")
    assert version.endswith("… is not a version; write it like 2.6.1")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ("user: " + "[" * 900 + "]" * 900, 3),
        ("docker_engine: {daemon: " + "{a: " * 600 + "}" * 600 + "}", 3),
        ("user:\n" + "\n".join(" " * (1 + one) + "a:" for one in range(600)), 51),
        ("user: " + "[" * 100_000, 3),
        ("a: &a " + "[" * 40 + "]" * 40 + "\nuser: " + "[" * 40 + "*a" + "]" * 40, 3),
    ],
)
def test_what_stands_too_deep_is_told_with_its_line(problems, values, line):
    (found,) = [one for one in problems(host(values)) if "within more than 50" in one]
    assert found.startswith(f"fleet.yml:{line}: ")


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (bomb("[" + ", ".join("lllllllll") + "]", "[{}]"), 1),
        (bomb("{a: 1}", "{{<<: [{}]}}"), 1),
        (host("docker_engine:\n  daemon:\n" + textwrap.indent(bomb("{a: 1}", "{{a: [{}]}}"), "    ")), 5),
    ],
)
def test_aliases_that_multiply_are_told_soon_with_the_line_of_one(problems, text, before):
    (found,) = problems(text)
    line, level = re.match(r"fleet\.yml:(\d+): [a-zA-Z_.]*x(\d)", found).groups()
    assert int(line) == before + int(level)
    assert "aliases repeat more than 200000 values; write what machines share below defaults or groups" in found


def test_values_that_inheritance_multiplies_are_bounded(problems, monkeypatch):
    monkeypatch.setattr(fleet_file, "_MOST_VALUES", 10)
    (found,) = problems("defaults: {wsl: {default_version: 2}}\nhosts:\n" + "".join(f"  A{one}:\n" for one in range(9)))
    assert found.startswith("fleet.yml:6: hosts.A3: with this machine the fleet has more than 10 values; divide it")


def test_a_list_or_mapping_that_is_too_long_is_told(problems):
    assert problems(host(f"groups: [{', '.join(f'a, {one}' for one in range(20_000))}]")) == [
        "fleet.yml:3: hosts.A.groups: has 40000 entries; the most is 1000"
    ]


def test_a_file_that_is_too_large_or_has_no_path_is_told():
    with pytest.raises(fleet.FleetError, match="/dev/zero:1: has more than 10000000 bytes; give the path of a fleet file"):
        fleet.load("/dev/zero")
    with pytest.raises(fleet.FleetError, match="no file has such a path"):
        fleet.load("a\0b")


def test_of_very_many_problems_not_all_are_told(problems):
    found = problems("hosts:\n" + "".join(f"  h{one}: {{a{one}: 1}}\n" for one in range(3000)))
    assert len(found) == 501
    assert found[-1].endswith("there are more problems than these 500; correct these first")


def test_backslashes_in_thousands_of_lines_are_told_soon(problems):
    found = problems(host("user:\n" + "\n".join(f'- "C:\\q{one}"' for one in range(20_000))))
    assert found[0].startswith("fleet.yml:4: a single backslash in double quotes is YAML's escape")


MERGES = [
    ("<<: foo", "<<: takes a mapping or a list of mappings, and 'foo' is none; write <<: *name or <<: [*one, *other]", 3),
    ("<<: [1, 2]", "<<: takes a mapping or a list of mappings, and '1' is none", 3),
    ("<<: [[{}]]", "<<: takes a mapping or a list of mappings, and a list is none", 3),
    ("<<:", "<<: takes a mapping or a list of mappings, and null is none", 3),
    ("<<: {user: ada}\n<<: {user: bo}", "<<: declared twice, first in line 3; keep one, as <<: [*one, *other]", 4),
    ("wsl: &w {<<: *w}", "wsl.<<: an alias that holds itself; write its values out", 3),
    ("wsl: &w {package: {<<: [*w]}}", "wsl.package.<<: an alias that holds itself; write its values out", 3),
    ("groups: &g [*g]", "groups[0]: an alias that holds itself; write its values out", 3),
]


@pytest.mark.parametrize(("values", "problem", "line"), MERGES)
def test_a_merge_key_that_merges_nothing_is_told(problems, values, problem, line):
    assert problems(host(values))[0].startswith(f"fleet.yml:{line}: hosts.A.{problem}")


def test_what_a_merge_key_brings_gives_way_to_what_stands_there_with_its_line(tmp_path, problems):
    text = "defaults: &d\n  snapshot_ttl: 5\n  connection: {port: 1}\nhosts:\n  A:\n    user: ada\n"
    text += "    snapshot_ttl: x\n    <<: *d\n"
    assert problems(text) == ["fleet.yml:7: hosts.A.snapshot_ttl: 'x' is not a number"]
    (tmp_path / "f.yml").write_text(text.replace("ttl: x", "ttl: 6"))
    found = fleet.load(tmp_path / "f.yml").hosts["A"]
    assert (found.data["snapshot_ttl"], found.line(("snapshot_ttl",))) == (6, 7)


CONTROL = [
    (r'user: "a\0b"', r"user: a backslash in double quotes is YAML's escape; write 'a\0b' in single quotes"),
    (r'hypervisor: {launch: "a\0b"}', "hypervisor.launch: holds the control character U+0000; remove it"),
    (r'address: "a\u202eb"', "address: holds the invisible character U+202E; remove it"),
    (r'address: "a\0b"', "address: holds the control character U+0000; remove it"),
    (r'connection: {key: "a\x1bb"}', "connection.key: holds the control character U+001B; remove it"),
    (r'connection: {known_hosts: "a\0b"}', "connection.known_hosts: holds the control character U+0000; remove it"),
    (r'connection: {user: "a\x7fb"}', r"connection.user: a backslash in double quotes is YAML's escape; write 'a\x7fb'"),
    (r'connection: {key: "a\nb"}', r"connection.key: holds a newline; remove it, or use single quotes where \n is meant"),
    (r'connection: {password_from: {command: ["a\0b"]}}', "connection.password_from.command[0]: holds"),
    (r'wsl: {package: {installer: "a\0b.msi"}}', "wsl.package.installer: holds the control character U+0000"),
    ("wsl: {package: {minimum: \"2.6.1\\n\"}}", "wsl.package.minimum: holds a newline"),
    (r'wsl_distros: {U: {source: "a\0b"}}', "wsl_distros.U.source: holds the control character U+0000"),
    (f"wsl_distros: {{U: {{source: 'file:///a%00b', sha256: {SHA}}}}}", "wsl_distros.U.source: 'file:///a%00b' holds"),
    (r'wslconfig: {wsl2: {kernelCommandLine: "a\tb"}}', "wslconfig.wsl2.kernelCommandLine: holds a TAB; remove it"),
    (r'"a\0b": x', r"'a\x00b': holds the control character U+0000; remove it"),
    (r'"a\nb": x', r"'a\nb': holds a newline; remove it"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "problem"), CONTROL)
def test_a_control_character_is_told_wherever_it_stands_and_once(problems, values, problem):
    (line,) = problems(host(values))
    assert line.startswith(f"fleet.yml:3: hosts.A.{problem}")


def test_newlines_may_stand_in_what_programs_read(tmp_path):
    text = host(r'wsl_distros: {U: {wsl_conf: {boot: {command: "a\n\tb"}}}}')
    (tmp_path / "f.yml").write_text(text + '    connection: {password_from: {command: [sh, -c, "a\\nb"]}}\n')
    assert fleet.load(tmp_path / "f.yml").hosts["A"].data["connection"]["password_from"]["command"][2] == "a\nb"


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ("connection: {key: ~nobody-here/k}", "connection.key"),
        ("connection: {known_hosts: ~nobody-here/k}", "connection.known_hosts"),
        (f"wsl_distros: {{U: {{source: ~nobody-here/k, sha256: {SHA}}}}}", "wsl_distros.U.source"),
    ],
)
def test_a_home_of_nobody_is_told(problems, values, place):
    assert problems(host(values)) == [
        f"fleet.yml:3: hosts.A.{place}: '~nobody-here/k' begins with ~nobody-here, and no home of such a user is known here; "
        "write the whole path"
    ]


def test_a_link_to_itself_is_told(problems, tmp_path):
    (tmp_path / "u.tar").symlink_to("u.tar")
    (line,) = problems(host(f"wsl_distros: {{U: {{source: u.tar, sha256: {SHA}}}}}"))
    assert "wsl_distros.U.source: 'u.tar' cannot be read" in line


@pytest.mark.parametrize("name", ["a" * 251, ".", "..", "a/b", "'@a'", "-a", "a-", "'a:b'", "'::1'", '"a\\n"', '"a\\0"'])
def test_a_name_of_which_no_result_could_be_written_is_refused(problems, name):
    (line,) = problems(f"hosts:\n  ? {name}\n  :\n")
    assert "is not a host name; write up to 250 letters, digits, . _ and -" in line or "remove it" in line


@pytest.mark.parametrize("name", ["LT-0001", "lt-0001.corp.example", "10.0.0.1", "a_b", "a" * 250])
def test_a_name_of_which_a_result_can_be_written_is_taken(tmp_path, name):
    (tmp_path / "f.yml").write_text(f"hosts:\n  ? {name}\n  : {{address: 'fe80::1%eth0'}}\n")
    assert [one for one, _ in inventory.hosts(tmp_path / "f.yml")] == [f"@winssh/{name}"]


def test_an_address_that_a_program_would_take_for_an_option_is_refused(problems):
    (line,) = problems(host("address: -oProxyCommand=x"))
    assert "hosts.A.address: '-oProxyCommand=x' is not an address" in line


def test_nothing_is_said_in_yamls_words(problems):
    assert problems(host("groups: [null]")) == ["fleet.yml:3: hosts.A.groups[0]: null is not text"]


@pytest.mark.parametrize(
    "values",
    [
        f"user: '{'a/ ' * 33_333}'",
        f"user: !{LONG} x",
        f"user: *{LONG}",
        f'user: "C:\\t{LONG}"',
        f'user: "C:\\q{LONG}"',
        f"user: D:\\\\{LONG}",
        f"groups: [{LONG}]",
        f"groups: {LONG}",
        f"hypervisor: {{launch: {LONG}}}",
        f"reboot: {{window: {LONG}}}",
        f"wslconfig: {{mode: {LONG}, apply: {LONG}, wsl2: {{memory: {LONG}}}}}",
        f"wslconfig:\n  ? {LONG}\n  : {{}}\n  wsl2:\n    ? {LONG}\n    : 1",
        f"wsl_distros: {{U: {{source: {LONG}, sha256: {SHA}}}}}",
        f"wsl_distros: {{U: {{source: 'http://{LONG}', sha256: {SHA}}}}}",
        f"wsl_distros:\n  ? {LONG}\n  : {{}}",
        f"windows_features:\n  ? '{'a/ ' * 33_333}'\n  : enabled",
        f"? {LONG}\n: 1",
        f"connection:\n  password_from:\n    env: A\n    ? {LONG}\n    : 1",
    ],
)
def test_a_long_text_is_told_in_short(problems, values):
    assert all(len(one) < 1000 for one in problems(host(values)))


CREDENTIALS = [
    f"wslconfig: {{mode: '{ADDRESS}'}}",
    f"wslconfig: {{apply: '{ADDRESS}'}}",
    f"wslconfig: {{'{ADDRESS}': {{}}}}",
    f"wslconfig: {{wsl2: {{'{ADDRESS}': 1}}}}",
    f"wslconfig: {{wsl2: {{memory: '{ADDRESS}', kernel: '{ADDRESS}', networkingMode: '{ADDRESS}'}}}}",
    f"windows_features: {{'{ADDRESS}': enabled}}",
    f"wsl_distros: {{'{ADDRESS}': {{}}}}",
    f"address: '{ADDRESS}'",
    f"user: 'see {ADDRESS}'",
    f"groups: ['{ADDRESS}']",
    f"groups: '{ADDRESS}'",
    f"hypervisor: {{launch: '{ADDRESS}'}}",
    f"'{ADDRESS}': 1",
    f"connection: {{key: ['{ADDRESS}']}}",
    f"wsl: {{package: {{installer: '{ADDRESS}'}}}}",
    f"wsl_distros: {{U: {{source: '{ADDRESS.replace('https', 'http')}', sha256: {SHA}}}}}",
    f"user: !!int '{ADDRESS}'",
    f"<<: '{ADDRESS}'",
    f"'{ADDRESS}': 1\n'{ADDRESS}': 2",
]


@pytest.mark.parametrize("values", CREDENTIALS)
def test_no_address_is_told_with_what_is_secret_in_it(problems, values):
    found = "\n".join(problems(host(values)))
    assert "hunter" not in found
    assert "ada" not in found


def test_no_name_is_told_with_what_is_secret_in_it(problems):
    found = "\n".join(problems(f"groups: {{'{ADDRESS}': }}\nhosts: {{'{ADDRESS}': , A: {{groups: [x]}}}}\n'{ADDRESS}': 1\n"))
    assert "hunter" not in found
