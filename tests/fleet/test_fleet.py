"""The fleet file as a user writes it: each mistake is told with its line, path and right form, and what is right is taken."""

import hashlib
import textwrap

import pytest

from pyinfra_wsl import fleet

SHA = "a" * 64


@pytest.fixture
def write(tmp_path):
    def write(text):
        file = tmp_path / "fleet.yml"
        file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return file

    return write


@pytest.fixture
def problems(write):
    """Problems of a fleet file, without the file's folder."""

    def problems(text):
        file = write(text)
        with pytest.raises(fleet.FleetError) as caught:
            fleet.load(file)
        return [problem.removeprefix(f"{file.parent}/") for problem in caught.value.problems]

    return problems


ONE_VALUE = [
    pytest.param("hypervsor: {launch: auto}", "hypervsor: no such key; did you mean hypervisor?", id="typing mistake"),
    pytest.param("Hypervisor: {launch: auto}", "Hypervisor: no such key; did you mean hypervisor?", id="case"),
    pytest.param(
        "wsl: {defaultVersion: 2}", "wsl.defaultVersion: no such key; did you mean default_version?", id="other spelling"
    ),
    pytest.param("launch: auto", "launch: no such key here; it belongs under hypervisor", id="key of a resource"),
    pytest.param(
        "wslconfig: {memory: 8GB}", "wslconfig.memory: no such key here; it belongs under wslconfig.wsl2", id="key of a section"
    ),
    pytest.param(
        "wslconfig: {wsl2: {autoMemoryReclaim: gradual}}",
        "wslconfig.wsl2.autoMemoryReclaim: no such key here; it belongs under wslconfig.experimental",
        id="key of another section",
    ),
    pytest.param("wsl: {zzz: 1}", "wsl.zzz: no such key; the keys here are default_version, package", id="nothing alike"),
    pytest.param("hypervisor: auto", "hypervisor: 'auto' is not a mapping", id="text for a mapping"),
    pytest.param("hypervisor: {launch: of}", "hypervisor.launch: 'of' is not one of auto, off; did you mean off?", id="enum"),
    pytest.param("wsl: {default_version: 3}", "wsl.default_version: 3 is not one of 1, 2", id="enum of numbers"),
    pytest.param(
        "wsl: {package: {minimum: 2.6}}",
        'wsl.package.minimum: 2.6 is a number or truth value, where text is meant; write it in quotes: "2.6"',
        id="number for text",
    ),
    pytest.param(
        "wsl: {package: {minimum: latest}}", "wsl.package.minimum: 'latest' is not a version; write it like 2.6.1", id="version"
    ),
    pytest.param(
        "connection: {port: '22'}",
        "connection.port: '22' is text, where a whole number is meant; write 22 without quotes",
        id="text for a number",
    ),
    pytest.param("connection: {port: 70000}", "connection.port: 70000 is too large; the most is 65535", id="too large"),
    pytest.param("reboot: {timeout: 3}", "reboot.timeout: 3 is too small; the least is 30", id="too small"),
    pytest.param(
        "reboot: {window: 22-6}",
        """reboot.window: '22-6' is not a window; write two times of day, like "22:00-06:00\"""",
        id="window",
    ),
    pytest.param("reboot: {window: '24:00-06:00'}", "reboot.window: '24:00-06:00' is not a window", id="no such time of day"),
    pytest.param(
        "user: a/b",
        "user: 'a/b' is not a Windows account; write console, DOMAIN\\NAME, .\\NAME, NAME@DOMAIN or NAME",
        id="account",
    ),
    pytest.param("groups: developers", "groups: 'developers' is not a list; write [developers]", id="text for a list"),
    pytest.param("groups: [a, a]", "groups: names something twice; keep one", id="repeated"),
    pytest.param(
        "wsl_distros: {my distro: {}}",
        "wsl_distros.my distro: 'my distro' is not a name that WSL accepts",
        id="name of a distribution",
    ),
    pytest.param("wsl_distros: {legacy: {}}", "wsl_distros.legacy: 'legacy' is not a name that WSL accepts", id="reserved name"),
    pytest.param(
        "wsl_distros: {U: {sha256: ABC}}",
        "wsl_distros.U.sha256: 'ABC' is not a SHA-256; write its 64 hexadecimal digits, as sha256sum prints them",
        id="sha256",
    ),
    pytest.param(
        "wsl_distros: {U: {default: yes}}",
        "wsl_distros.U.default: 'yes' is not true or false; write true or false without quotes",
        id="yes",
    ),
    pytest.param(
        "wsl_distros: {U: {location: wsl/u}}",
        "wsl_distros.U.location: 'wsl/u' is not a whole path on a Windows drive",
        id="Windows path",
    ),
    pytest.param(
        "wsl_distros: {U: {state: absent}}",
        "wsl_distros.U.state: absent deletes the distribution's files and needs allow_data_loss: true",
        id="consent",
    ),
    pytest.param(
        "windows_features: {Containers: on}",
        "windows_features.Containers: 'on' is not one of enabled, disabled",
        id="feature's state",
    ),
    pytest.param(
        "wslconfig: {wsl2: {memory: 8gb}}", "wslconfig.wsl2.memory: '8gb' is not a size WSL reads; write 8GB", id="size"
    ),
    pytest.param(
        "wslconfig: {wsl2: {netwrokingMode: mirrored}}",
        "wslconfig.wsl2.netwrokingMode: no such key; did you mean networkingMode?",
        id="wslconfig key",
    ),
    pytest.param(
        "os: linux\n    wsl: {default_version: 2}",
        "wsl: is not for LT-1, whose os is linux; remove it, or change os",
        id="resource of Windows on Linux",
    ),
    pytest.param(
        "kvm: {nested: true}",
        "kvm: is not for LT-1, whose os is windows; remove it, or change os",
        id="resource of Linux on Windows",
    ),
    pytest.param(
        "os: linux\n    kvm: {device_mode: 660}",
        'kvm.device_mode: 660 is a number or truth value, where text is meant; write it in quotes: "660"',
        id="mode",
    ),
    pytest.param(
        "connection: {password_from: ask}",
        "connection.password_from: 'ask' is not a source; write prompt, {env: NAME} or",
        id="source of a password",
    ),
    pytest.param(
        "connection: {password_from: {env: A, command: [b]}}",
        "connection.password_from: has more than one of env, command; keep one",
        id="two sources",
    ),
]


@pytest.mark.parametrize(("value", "problem"), ONE_VALUE)
def test_one_wrong_value_is_one_line(problems, value, problem):
    found = problems(f"groups: {{a: }}\nhosts:\n  LT-1:\n    {value}\n")
    line = 4 + value[: value.rfind("\n")].count("\n") + (1 if "\n" in value else 0)
    assert found[0].startswith(f"fleet.yml:{line}: hosts.LT-1.{problem}")
    assert "Traceback" not in "".join(found)


@pytest.mark.parametrize(
    "key", ["password: hunter2", "connection: {password: hunter2}", "wsl: {api_token: hunter2}", "x: [{secret: hunter2}]"]
)
def test_a_secret_is_refused_wherever_it_stands_and_never_shown(problems, key):
    found = problems(f"hosts:\n  LT-1:\n    {key}\n")
    assert "secrets do not belong here; use connection.password_from" in "\n".join(found)
    assert "hunter2" not in "\n".join(found)


def test_all_problems_are_told_at_once_in_the_order_of_the_file(problems):
    found = problems("""\
        defaults:
          hypervisor: {launch: of}
          wsl: {default_version: 3, zzz: 1}
          wslconfig: {wsl2: {memory: 8gb}}
        groups:
          a: {usr: console}
        hosts:
          LT-1: {groups: [b]}
          LT-2: {kvm: {}}
        """)
    assert [line.split(":")[1] for line in found] == ["2", "3", "3", "4", "6", "8", "9"]


def test_what_many_machines_inherit_is_told_once_where_it_stands(problems):
    assert problems("defaults: {reboot: {policy: window}}\nhosts: {A: , B: , C: }\n") == [
        'fleet.yml:1: defaults.reboot.window: is missing, though policy is window; write it like "22:00-06:00"'
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "hosts: {A: }\nhost: {}\n", "fleet.yml:2: host: no such key; did you mean hosts?", id="unknown key at the top"
        ),
        pytest.param(
            "hosts: {A: }\nwslconfig: {}\n",
            "fleet.yml:2: wslconfig: no such key here; it belongs under defaults, a group or a host",
            id="resource at the top",
        ),
        pytest.param("defaults: {}\n", "fleet.yml:1: hosts: is missing", id="no machines"),
        pytest.param("hosts: []\n", "fleet.yml:1: hosts: a list is not a mapping", id="a list of machines"),
        pytest.param("hosts: {}\n", "fleet.yml:1: hosts: is empty; write at least one key", id="no machine"),
        pytest.param("- a\n", "fleet.yml:1: a list is not a mapping", id="a list"),
        pytest.param("", "fleet.yml:1: is empty; write hosts:", id="empty"),
        pytest.param(
            "hosts:\n  A:\n  A: {}\n", "fleet.yml:3: hosts.A: declared twice, first in line 2; keep one", id="a key twice"
        ),
        pytest.param(
            "hosts:\n  A: {user: console, user: ada}\n",
            "fleet.yml:2: hosts.A.user: declared twice, first in line 2",
            id="a key twice in one line",
        ),
        pytest.param(
            "groups: {devs: }\nhosts: {A: {groups: [dev]}}\n",
            "fleet.yml:2: hosts.A.groups[0]: no such group 'dev'; did you mean devs?",
            id="group",
        ),
        pytest.param(
            "groups: {all: }\nhosts: {A: }\n", "fleet.yml:1: groups.all: 'all' is not a group's name", id="the group of all"
        ),
        pytest.param("groups: {A: }\nhosts: {A: }\n", "fleet.yml:2: hosts.A: is a group's name too", id="a name for two things"),
        pytest.param("hosts: {a b: }\n", "fleet.yml:1: hosts.a b: 'a b' is not a host name", id="host name"),
        pytest.param("hosts:\n\tA: {}\n", "fleet.yml:2: not YAML here: perhaps a TAB", id="a TAB"),
        pytest.param("hosts: {A: }\ndefaults: [\n", "fleet.yml:3: not YAML", id="an open bracket"),
        pytest.param("hosts:\n  A: {}\n B: {}\n", "fleet.yml:3: not YAML", id="indentation"),
        pytest.param(
            "hosts: {A: !!python/object/apply:os.system [id]}\n",
            "fleet.yml:1: hosts.A: a list is not a mapping",
            id="a tag of another program",
        ),
        pytest.param("hosts: {A: !x {}}\n", "fleet.yml:1: hosts.A: the tag !x means nothing here; remove it", id="a tag"),
        pytest.param("hosts: &a {A: *a}\n", "fleet.yml:1: hosts.A: an alias that holds itself", id="an alias of itself"),
        pytest.param("hosts: {? [a] : b, A: }\n", "fleet.yml:1: hosts: a key must be plain text", id="a list as a key"),
        pytest.param(
            "hosts: {A: \x07}\n", "fleet.yml:1: holds the control character U+0007; remove it", id="a control character"
        ),
        pytest.param(
            "hosts: {Ä: }\n".encode("latin-1"), "fleet.yml:1: is not UTF-8 text; save it as UTF-8", id="another encoding"
        ),
    ],
)
def test_a_wrong_file_is_told_without_a_traceback(problems, text, problem):
    assert any(line.startswith(problem) for line in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (r'"C:\Users\wsl"', r"write 'C:\Users\wsl'"),
        (r'"D:\images"', r"write 'D:\images'"),
        (r'"D:\temp\new"', r"write 'D:\temp\new'"),
        (r'"\\server\share"', r"write '\\server\share'"),
        (r"'D:\\wsl'", r"write D:\wsl"),
        (r"D:\\wsl", r"write D:\wsl"),
    ],
)
def test_backslashes_that_yaml_reads_otherwise_are_told_with_the_right_form(problems, value, right):
    found = problems(f"hosts:\n  A:\n    wsl_distros:\n      U:\n        location: {value}\n        state: absent\n")
    assert found[0].startswith("fleet.yml:5: ")
    assert right in found[0]
    assert found[-1].startswith("fleet.yml:6: ")  # what comes after it is still looked at


@pytest.mark.parametrize("value", [r"D:\wsl\temp", r"'D:\wsl\temp'", r'"D:\\wsl\\temp"'])
def test_windows_paths_that_are_right_are_taken(write, value):
    text = f"hosts: {{A: {{wsl_distros: {{U: {{state: absent, allow_data_loss: true, location: {value}}}}}}}}}\n"
    assert fleet.load(write(text)).hosts["A"].data["wsl_distros"]["U"]["location"] == r"D:\wsl\temp"


@pytest.mark.parametrize("name", ["missing.yml", "."])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, name):
    with pytest.raises(fleet.FleetError, match="give the path of a fleet file"):
        fleet.load(tmp_path / name)


DISTRO = "hosts:\n  A:\n    wsl_distros:\n      U:\n        source: {}\n        sha256: {}\n"


def test_a_source_is_found_beside_the_fleet_file_and_known_by_its_digest(write, tmp_path, monkeypatch):
    (tmp_path / "u.tar").write_bytes(b"image")
    monkeypatch.chdir("/")
    found = fleet.load(write(DISTRO.format("u.tar", hashlib.sha256(b"image").hexdigest())))
    assert found.hosts["A"].data["wsl_distros"]["U"]["source"] == str(tmp_path / "u.tar")


def test_a_source_may_be_written_as_a_file_address(write, tmp_path):
    path = tmp_path / "my images" / "u.tar"
    path.parent.mkdir()
    path.write_bytes(b"image")
    found = fleet.load(write(DISTRO.format(path.as_uri(), hashlib.sha256(b"image").hexdigest())))
    assert found.hosts["A"].data["wsl_distros"]["U"]["source"] == str(path)


def test_a_truncated_source_is_told_at_its_digest_and_again_when_it_changed(write, problems, tmp_path):
    text = DISTRO.format("u.tar", hashlib.sha256(b"image").hexdigest())
    (tmp_path / "u.tar").write_bytes(b"ima")
    (line,) = problems(text)
    assert line.startswith("fleet.yml:6: hosts.A.wsl_distros.U.sha256: 'u.tar' has another SHA-256")
    assert "truncated" in line
    (tmp_path / "u.tar").write_bytes(b"image")
    assert fleet.load(write(text)).hosts


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("u.tar", "'u.tar' is not there"),
        ("empty.tar", "'empty.tar' is empty"),
        ("http://x/u.tar", "'http://x/u.tar' is not encrypted; write https://"),
        ("file:///nowhere/u.tar", "'file:///nowhere/u.tar' is not there (looked for /nowhere/u.tar)"),
        ("file://server/u.tar", "names another machine; write file:///path"),
        (r"C:\images\u.tar", "is a Windows path; write a file beside the fleet file"),
    ],
)
def test_a_source_that_cannot_be_used_is_told(problems, tmp_path, source, problem):
    (tmp_path / "empty.tar").touch()
    (line,) = problems(DISTRO.format(source, SHA))
    assert line.startswith("fleet.yml:5: hosts.A.wsl_distros.U.source: ")
    assert problem in line


@pytest.mark.parametrize("source", ["https://x.example/u.tar", r"'\\server\share\u.tar'"])
def test_a_source_elsewhere_is_taken_as_it_is(write, source):
    found = fleet.load(write(DISTRO.format(source, SHA)))
    assert found.hosts["A"].data["wsl_distros"]["U"]["source"] == source.strip("'")


def test_a_source_without_a_digest_is_told_with_the_command(problems):
    found = problems("hosts: {A: {wsl_distros: {U: {source: 'https://x/u.tar'}}}}\n")
    assert found == [
        "fleet.yml:1: hosts.A.wsl_distros.U.sha256: is missing; learn it with: curl -fsSL 'https://x/u.tar' | sha256sum"
    ]


def test_a_machine_of_which_nothing_is_said_gets_the_defaults(write):
    found = fleet.load(write("defaults: {wsl: {default_version: 2}}\nhosts:\n  A:\n  B: {wsl: null}\n"))
    assert found.hosts["A"].data == {"wsl": {"default_version": 2}, "os": "windows"}
    assert found.hosts["B"].data == {"os": "windows"}


def test_anchors_and_merge_keys_work(write):
    found = fleet.load(write("defaults: &d {reboot: {policy: now}}\nhosts: {A: {<<: *d, hypervisor: {launch: off}}}\n"))
    assert found.hosts["A"].data["hypervisor"] == {"launch": "off"}
    assert found.hosts["A"].data["reboot"] == {"policy": "now"}


def test_each_value_knows_its_line(write):
    found = fleet.load(write("defaults:\n  wsl:\n    default_version: 2\nhosts:\n  A:\n    reboot: {policy: now}\n"))
    host = found.hosts["A"]
    assert (host.line(("wsl", "default_version")), host.line(("reboot", "policy")), host.line(()), host.line(("nothing",))) == (
        3,
        6,
        5,
        5,
    )


def test_an_unknown_machine_is_told_with_the_nearest(write):
    found = fleet.load(write("hosts: {LT-0001: }\n"))
    assert found.host("LT-0001").name == "LT-0001"
    with pytest.raises(fleet.FleetError, match=r"no such host 'LT-001'; did you mean LT-0001\?"):
        found.host("LT-001")


def test_a_name_that_sounds_like_a_secret_is_a_name(write):
    found = fleet.load(write("hosts: {LT-PASSWORD: {groups: [tokens]}}\ngroups: {tokens: {hypervisor: {launch: auto}}}\n"))
    assert set(found.hosts) == {"LT-PASSWORD"}


@pytest.mark.parametrize("source", ["https ://u:hunter2@x/y.tar", "https:/u:hunter2@x/y.tar", "u:hunter2@x:/y.tar"])
def test_an_address_with_a_slip_is_not_shown_as_the_path_that_was_looked_for(tmp_path, source):
    file = tmp_path / "fleet.yml"
    file.write_text(f"hosts:\n  A:\n    wsl_distros:\n      U: {{source: '{source}', sha256: {'a' * 64}}}\n")
    with pytest.raises(fleet.FleetError) as caught:
        fleet.load(file)
    assert "looked for" not in str(caught.value)
