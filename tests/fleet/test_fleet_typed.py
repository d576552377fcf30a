r"""What a hand writes that means something else than it looks like: escapes, invisible characters, last newlines, same names."""

import os
import time

import pytest

from pyinfra_wsl import fleet


@pytest.fixture
def problems(tmp_path):
    """Problems of a fleet file, without its folder."""

    def problems(text):
        file = tmp_path / "fleet.yml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            fleet.load(file)
        except fleet.FleetError as error:
            return [one.removeprefix(f"{file.parent}/") for one in error.problems]
        return []

    return problems


ACCOUNTS = [
    *(r"CORP\alice", r"CORP\bo", r"CORP\ed", r"CORP\fay", r"CORP\neil", r"CORP\rob", r"CORP\tom", r"CORP\vera", r"CORP\0day"),
    *(r"CORP\Nora", r"CORP\Lena", r"CORP\Pete", r"CORP\_x", r"CORP\ x", r"CORP\xabier", r"CORP\u12345", r"CORP\U00012345"),
]


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("place", ["user: {}", "connection: {{user: {}}}"])
def test_no_account_in_double_quotes_becomes_another_one(problems, account, place):
    (line,) = problems("hosts:\n  A:\n    " + place.format(f'"{account}"'))
    assert f"a backslash in double quotes is YAML's escape; write '{account}' in single quotes" in line
    assert line.startswith("fleet.yml:3: hosts.A.")


@pytest.mark.parametrize(
    "written", [r"'CORP\alice'", r"CORP\alice", r'"CORP\\alice"', r'"CORP\\u1234"', "Zoë", "console", "no", "Ada King"]
)
def test_an_account_that_says_what_it_is_is_taken(problems, written):
    assert problems(f"hosts:\n  A:\n    user: {written}\n") == []


@pytest.mark.parametrize("account", ["' ada'", "'ada '", "' '", "'a\u00a0b'", "'CORP\\ ada'", "'CORP \\ada'", "'a\u3000b'"])
def test_an_account_with_blanks_that_nobody_sees_is_refused(problems, account):
    assert problems(f"hosts:\n  A:\n    user: {account}\n")[0].startswith("fleet.yml:3: hosts.A.user: ")


@pytest.mark.parametrize("account", ["-oProxyCommand=x", "' ada'", "'ada '", "''"])
def test_an_account_to_log_on_as_is_one(problems, account):
    assert problems(f"hosts:\n  A:\n    connection: {{user: {account}}}\n")[0].startswith(
        "fleet.yml:3: hosts.A.connection.user: "
    )


@pytest.mark.parametrize("one", ["\u202e", "\u200b", "\ufeff", "\u2028", "\u2029", "\x85", "\xad", "\u2066", "\x07", "\x00"])
@pytest.mark.parametrize("place", ["user: a{}b", "user: 'a{}'", "#{}", "a{}: b", "groups: ['{}']"])
def test_what_nobody_sees_is_told_with_its_line_wherever_it_stands(problems, one, place):
    said = problems("hosts:\n  A:\n    snapshot_ttl: 5\n    " + place.format(one) + "\n    reboot: x\n")
    assert f"character U+{ord(one):04X}; remove it" in said[0]
    assert said[0].startswith("fleet.yml:4: ")
    assert any(line.startswith("fleet.yml:5: hosts.A.reboot: ") for line in said)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        (
            "wsl_distros: {U: {state: absent, wsl_conf: {user: {default: 'ada\n\n        '}}}}",
            "wsl_distros.U.wsl_conf.user.default",
        ),
        ('wsl_distros: {U: {state: absent, wsl_conf: {user: {default: "ada\\n"}}}}', "wsl_distros.U.wsl_conf.user.default"),
        (
            'wsl_distros: {U: {state: absent, wsl_conf: {network: {hostname: "lt\\n"}}}}',
            "wsl_distros.U.wsl_conf.network.hostname",
        ),
        ('wsl_distros: {U: {state: absent, wsl_conf: {automount: {root: "/mnt\\n"}}}}', "wsl_distros.U.wsl_conf.automount.root"),
        ("user: |\n      ada\n", "user"),
        ('reboot: {window: "22:00-06:00\\n"}', "reboot.window"),
        ('"user\\n": ada', r"'user\n'"),
    ],
)
def test_no_pattern_lets_a_last_newline_pass(problems, values, place):
    said = problems(f"hosts:\n  A:\n    {values}\n")
    assert any(line.startswith(f"fleet.yml:3: hosts.A.{place}: ") for line in said), said


def test_names_that_differ_in_case_only_are_one_name(problems):
    assert problems("hosts:\n  LT-1: {}\n  LT-2: {}\n  lt-1: {}\n") == [
        "fleet.yml:4: hosts.lt-1: is the name of LT-1 in line 2 but for its case; "
        "names and results of machines are the same in any case: rename or remove one"
    ]


@pytest.mark.parametrize("name", ["con", "NUL", "aux.corp.example", "Com1", "lpt9.x"])
def test_a_name_of_a_device_is_no_name_of_a_machine(problems, name):
    (line,) = problems(f"hosts: {{{name}: {{address: 10.0.0.1}}}}")
    assert "is a device for Windows, where no result of that name could be a file; write another name, and address:" in line


@pytest.mark.parametrize("name", ["console", "nul-1", "com10", "auxiliary.corp"])
def test_a_name_that_begins_like_a_device_is_taken(problems, name):
    assert problems(f"hosts: {{{name}: {{}}}}") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hosts: {A: {}}\n---\nhosts: {B: {}}\n", "fleet.yml:2: a second document begins here; write one file for each fleet"),
        ("%YAML 2.0\n---\nhosts: {A: {}}\n", "fleet.yml:1: %YAML names another version; remove this line"),
        ('hosts: {A: {user: "\\ud800"}}', "fleet.yml:1: a single backslash in double quotes is YAML's escape"),
        ('hosts: {A: {user: "\\UFFFFFFFF"}}', "fleet.yml:1: a single backslash in double quotes is YAML's escape"),
        (f"hosts: {{A: {{user: {'x' * 10_001}}}}}", "fleet.yml:1: hosts.A.user: has 10001 characters; the most is 10000"),
        (f"hosts:\n  A:\n    ? {'x' * 10_001}\n    : 1", "has 10001 characters; the most is 10000"),
        ("hosts: {A: {}}".encode("utf-16"), "fleet.yml:1: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_told(problems, text, said):
    assert said in problems(text)[0]


def test_a_pipe_to_which_nobody_writes_is_empty(tmp_path):
    os.mkfifo(tmp_path / "fleet.yml")
    with pytest.raises(fleet.FleetError, match=":1: is empty; write hosts:"):
        fleet.load(tmp_path / "fleet.yml")


def test_a_pipe_is_read_to_its_end():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        stream.write("hosts: {A: {}}")
    assert set(fleet.load(f"/dev/fd/{reading}").hosts) == {"A"}
    os.close(reading)


def hosts(number, values="{}"):
    return "hosts:\n" + "".join(f"  LT-{one:04}: {values}\n" for one in range(number))


def test_backslashes_of_a_thousand_machines_are_told_each_once(problems):
    said = problems(hosts(200, r'{connection: {key: "C:\Users\k"}}'))
    assert said[0] == (
        r"fleet.yml:2: a single backslash in double quotes is YAML's escape; use single quotes or double each backslash: "
        r"write 'C:\Users\k'"
    )
    assert said[10].startswith("fleet.yml:12: the same 190 times more, in lines 12, 13, 14, ")


def test_behind_a_wrong_backslash_all_else_is_still_told(problems):
    said = problems('hosts:\n  A: {connection: {key: "C:\\Users"}}\n  B: {usr: "ok", user: "C:\\q"}\n')
    assert [one.partition(": ")[0] for one in said] == ["fleet.yml:2", "fleet.yml:3", "fleet.yml:3", "fleet.yml:3"]
    assert "write 'C:\\q'" in said[1]
    assert "B.usr: no such key; did you mean user?" in said[2]


def test_what_is_wrong_in_the_same_way_is_told_in_short(problems):
    said = problems(hosts(100, "{usr: x}"))
    assert said[:2] == [f"fleet.yml:{one + 2}: hosts.LT-000{one}.usr: no such key; did you mean user?" for one in range(2)]
    assert said[10:] == [
        "fleet.yml:12: hosts.LT-0010.usr: the same 90 times more, in lines 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, … 101"
    ]


def test_a_group_of_the_wrong_system_is_told_in_short(problems):
    said = problems("groups: {g: {docker_engine: {users: [a]}}}\n" + hosts(100, "{groups: [g]}"))
    assert said[0].startswith("fleet.yml:1: groups.g.docker_engine: is not for LT-0000, whose os is windows")
    assert said[10:] == ["fleet.yml:1: groups.g.docker_engine: the same 90 times more, in line 1"]


def test_eleven_alike_are_told_whole(problems):
    assert all("no such key; did you mean user?" in one for one in problems(hosts(11, "{usr: x}")))


LINEAR = {
    "sound": lambda one: hosts(one, "{user: ada, wsl: {default_version: 2}, wslconfig: {wsl2: {memory: 8GB}}}"),
    "wrong keys": lambda one: hosts(one, "{usr: x}"),
    "wrong values": lambda one: hosts(one, "{wsl: {default_version: 3}}"),
    "wrong escapes": lambda one: hosts(one, r'{user: "C:\Users"}'),
    "wrong rules": lambda one: hosts(one, r"{wsl_distros: {U: {location: D:\wsl}}}"),
    "wrong groups": lambda one: "groups:\n" + "".join(f"  g{i}: {{}}\n" for i in range(one)) + hosts(one, "{groups: [gruppe-7]}"),
    "other groups": lambda one: (
        "groups:\n" + "".join(f"  group-{i}: {{}}\n" for i in range(one)) + "hosts:\n"
        + "".join(f"  LT-{i}: {{groups: [grupp-{i}]}}\n" for i in range(one))
    ),
    "left out": lambda one: hosts(400, "{usr: x}") + "".join(f"  M-{i}: {{}}\n" for i in range(one)),
}  # fmt: skip


@pytest.mark.parametrize("kind", LINEAR)
def test_four_times_as_many_machines_take_about_four_times_as_long(problems, kind):
    def seconds(number):
        text = LINEAR[kind](number)
        began = time.process_time()
        problems(text)
        return time.process_time() - began

    seconds(50)
    most = 10 * seconds(500) + 0.3
    assert seconds(2000) < most or seconds(2000) < most  # the machine may have been busy once
