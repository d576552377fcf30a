"""Devices of Intune, Entra and Active Directory, as their exports have them, and as hosts of a fleet file."""

import pytest
import yaml
from click.testing import CliRunner

from pyinfra_wsl import fleet
from pyinfra_wsl.cli.main import main

INTUNE = """Device ID,Device name,Enrollment date,Last check-in,OS version,Serial number,Management name,Category,UserId,\
Primary user UPN,Primary user email address,Primary user display name,Compliance,Ownership,OS,SkuFamily,JoinType
1,LT-0001,2026-01-02,2026-11-20,10.0.26100.1,PF1,ada_Windows,Developers,u1,ada@corp.example,ada@corp.example,"Lovelace, Ada",\
Compliant,Corporate,Windows,Enterprise,Azure AD joined
2,LT-0002,2026-01-02,2026-11-20,10.0.26100.1,PF2,x,,,,,,Compliant,Corporate,Windows,Pro,Azure AD joined
3,Ada's iPhone,2026-01-02,2026-11-20,18.1,PF3,x,,,ada@corp.example,,,Compliant,Personal,iOS,,
4,Pixel,2026-01-02,2026-11-20,16,PF4,x,,,bob@corp.example,,,Compliant,Personal,Android (corporate-owned),,
"""
ENTRA = """accountEnabled,displayName,deviceId,operatingSystem,operatingSystemVersion,trustType,isManaged
True,LT-0001,a,Windows,10.0.26100.1,AzureAd,True
False,LT-0009,b,Windows,10.0.19045.1,AzureAd,True
True,MB-1,c,MacMDM,15.1,AzureAd,True
"""
AD = """#TYPE Microsoft.ActiveDirectory.Management.ADComputer
"DistinguishedName","DNSHostName","Enabled","Name","ObjectClass","OperatingSystem","SamAccountName","UserPrincipalName"
"CN=LT-0001,OU=Laptops,DC=corp,DC=example","lt-0001.corp.example","True","LT-0001","computer","Windows 11 Pro","LT-0001$",""
"CN=LT-0002,OU=Laptops,DC=corp,DC=example","","True","LT-0002","computer","Windows 10 Pro","LT-0002$","LT-0002$@corp.example"
"CN=SRV-1,DC=corp,DC=example","srv-1.corp.example","True","SRV-1","computer","Windows Server 2022 Standard","SRV-1$",""
"CN=OLD,DC=corp,DC=example","old.corp.example","False","OLD","computer","Windows 10 Pro","OLD$",""
"CN=PRE,DC=corp,DC=example","","True","PRE","computer","","PRE$",""
"""
CSVDE = """DN,objectClass,cn,dNSHostName,operatingSystem
"CN=LT-0001,DC=corp,DC=example",computer,LT-0001,lt-0001.corp.example,Windows 11 Enterprise
"""
EXPORTS = {
    "Intune": (INTUNE, {"LT-0001": {"user": "ada@corp.example"}, "LT-0002": {}}, "left out: 1 iOS, 1 Android (corporate-owned)"),
    "Entra": (ENTRA, {"LT-0001": {}}, "left out: 1 disabled, 1 MacMDM"),
    "Active Directory": (
        AD,
        {"LT-0001": {"address": "lt-0001.corp.example"}, "LT-0002": {}},
        "left out: 1 Windows Server 2022 Standard, 1 disabled, 1 no operating system",
    ),
    "csvde": (CSVDE, {"LT-0001": {"address": "lt-0001.corp.example"}}, "1 host"),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that imports a table and returns what came of it."""
    monkeypatch.chdir(tmp_path)

    def run(table, *options, encoding="utf-8"):
        (tmp_path / "devices.csv").write_bytes(table if isinstance(table, bytes) else table.encode(encoding))
        return CliRunner().invoke(main, ["import", "devices.csv", *options])

    return run


def hosts(done):
    """Return the hosts of what was printed, which a fleet file takes."""
    assert done.exit_code == 0, done.stderr
    return yaml.safe_load(done.stdout)["hosts"]


@pytest.mark.parametrize("origin", EXPORTS)
def test_an_export_is_known_by_its_headers(call, tmp_path, origin):
    table, expected, told = EXPORTS[origin]
    done = call(table)
    assert hosts(done) == expected
    assert told in done.stderr
    (tmp_path / "fleet.yml").write_text(done.stdout)
    assert set(fleet.load(tmp_path / "fleet.yml").hosts) == set(expected)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_it_may_be_of_any_encoding_that_windows_writes(call, encoding):
    done = call(INTUNE.replace("Lovelace, Ada", "Müller, Jürgen"), encoding=encoding)
    assert hosts(done) == EXPORTS["Intune"][1]
    assert ("read as Western European" in done.stderr) == (encoding == "cp1252")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_it_may_have_any_separator_and_line_end(call, separator, ends):
    rows = [["Device name", "OS", "Note"], ["LT-0001", "Windows", '"a, b; c"'], ["LT-0002", "Windows", ""]]
    text = ends.join(separator.join(row) for row in rows)
    assert set(hosts(call(text.encode()))) == {"LT-0001", "LT-0002"}


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "\n\n"])
def test_lines_before_the_headers_are_left_out(call, first):
    assert set(
        hosts(call(f"{first}Note,yes;Device name;OS\nx;LT-0001;Windows\n" if "sep" in first else f"{first}Name\nLT-0001\n"))
    ) == {"LT-0001"}


def test_columns_can_be_named(call):
    table = "Rechnername;Betriebssystem;Abteilung;Besitzer\nLT-0001;Windows 11;dev, ops;ada@corp.example\nMB-1;macOS;;\n"
    done = call(
        table, "--map", "name=rechnername", "--map", "os=Betriebssystem", "--map", "groups=Abteilung", "--map", "user=Besitzer"
    )
    assert hosts(done) == {"LT-0001": {"groups": ["dev", "ops"], "user": "ada@corp.example"}}
    done = call(INTUNE, "--map", "user=", "--map", "os=", "--group", "laptops")
    assert done.exit_code == 1  # the names of telephones are none
    assert hosts(call(INTUNE, "--map", "user=", "--group", "laptops")) == {
        name: {"groups": ["laptops"]} for name in ("LT-0001", "LT-0002")
    }


def test_sites_and_time_zones_are_taken_where_they_are_asked_for(call):
    table = "Name,Office,Zone\nLT-1,Frankfurt am Main,Europe/Berlin\nLT-2,,\n"
    assert hosts(call(table)) == {"LT-1": {}, "LT-2": {}}
    done = call(table, "--map", "site=Office", "--map", "time_zone=zone")
    assert hosts(done) == {"LT-1": {"site": "Frankfurt am Main", "time_zone": "Europe/Berlin"}, "LT-2": {}}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,W. Europe Standard Time", "3: Zone: 'W. Europe Standard Time' is Windows' name of a time zone; write Europe/Berlin"),
        ("a,Europe/Berlyn", "3: Zone: 'Europe/Berlyn' is no time zone that this machine knows"),
        (f"{'a' * 101},UTC", "3: Office: "),
    ],
)
def test_a_site_or_time_zone_that_is_none_is_told_with_its_line(call, row, said):
    done = call(f"Name,Office,Zone\nLT-1,fra,UTC\nLT-2,{row}\n", "--map", "site=Office", "--map", "time_zone=Zone")
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr


USAGE = [
    (("--map", "name=Devicename2"), "no column 'Devicename2'; did you mean 'Device name'?"),
    (("--map", "name=Zzz"), "no column 'Zzz'; the columns are 'Device ID', 'Device name'"),
    (("--map", "nam=x"), "'nam=x' maps nothing that is known; did you mean name=?"),
    (("--map", "name"), "'name' maps nothing that is known"),
]


@pytest.mark.parametrize(("options", "said"), USAGE)
def test_a_column_that_is_not_there_is_a_mistake_of_the_command_line(call, options, said):
    done = call(INTUNE, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_table_without_known_columns_says_which_it_has(call):
    done = call("Asset;Owner\n1;2\n")
    assert done.exit_code == 2
    assert "name it with --map name=COLUMN: the columns are 'Asset', 'Owner'" in done.stderr


ROWS = {
    "a name that is none": ("LT 1,Windows,", "devices.csv:2: Name: 'LT 1' is not a host name; write up to 250 letters"),
    "no name": (",Windows,", "devices.csv:2: has no Name; fill it in, or remove the row"),
    "a device of Windows": ("NUL,Windows,", "devices.csv:2: Name: 'NUL' is a device for Windows"),
    "an address that is none": ("LT-1,Windows,a b", "devices.csv:2: DNSHostName: 'a b' is not an address"),
    "too many fields": ("LT-1,Windows,a,b", "devices.csv:2: has 4 fields, and there are 3 headers"),
    "a quote without an end": ('LT-1,Windows,"a', "devices.csv:2: no CSV from here on"),
    "a formula": ("=cmd|calc,Windows,", "devices.csv:2: Name: '=cmd|calc' is not a host name"),
    "orders to a terminal": ("LT\x1b[2J,Windows,", "is not a host name"),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_that_cannot_be_a_host_is_told_with_its_line_and_nothing_is_printed(call, row):
    text, said = ROWS[row]
    done = call(f"Name,OS,DNSHostName\n{text}\nLT-2,Windows,\n")
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr


def test_only_line_ends_end_a_row(call):
    assert set(hosts(call("Name,Note\nLT-1,a\u2028b\x0bc\nLT-2,\n"))) == {"LT-1", "LT-2"}


def test_lines_count_those_within_quotes(call):
    done = call('Name,Note\nLT-1,"one\ntwo\nthree"\nLT 2,\n')
    assert "devices.csv:5: Name: 'LT 2' is not a host name" in done.stderr


def test_what_is_there_twice_is_told_and_the_first_is_taken(call):
    done = call("Name,OS,UPN\nLT-1,Windows,a@b.c\nlt-1,Windows,d@b.c\nLT-1,Windows,a@b.c\n")
    assert hosts(done) == {"LT-1": {"user": "a@b.c"}}
    assert "devices.csv:3: note: lt-1 is in line 2 already, and this row says something else, which is left out" in done.stderr
    assert "devices.csv:4: note: LT-1 is in line 2 already, and this row says the same" in done.stderr


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "devices.csv:1: is empty"),
        (b"\xff\xfe", "devices.csv:1: is empty"),
        (b"\n\n", "devices.csv:1: is empty"),
        (b"\xff\xfeA\xd8A", "is not text in utf-16"),
        (b"PK\x03\x04\0\0\0\xff\xff\0", "devices.csv:"),
        (b"Name\nMB-1\n", "1 host"),
        (b"Name,OS\nMB-1,macOS\n", "no Windows device is in it"),
        (b"Name\n" + b"x" * 200_000 + b"\n", "no CSV from here on"),
    ],
)
def test_a_file_that_is_no_table_is_told(call, data, said):
    done = call(data)
    assert done.exit_code == (0 if said == "1 host" else done.exit_code)
    assert done.exit_code in (0, 1, 2)
    assert said in done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("name", ["0001", "1e3", "null", "on", "0x1F", "1.5"])
def test_a_name_that_looks_like_something_else_stays_a_name(call, tmp_path, name):
    done = call(f"Name\n{name}\n")
    assert hosts(done) == {name: {}}
    (tmp_path / "fleet.yml").write_text(done.stdout)
    assert set(fleet.load(tmp_path / "fleet.yml").hosts) == {name}


def test_standard_input_is_taken_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["import", "-"], input=INTUNE)
    assert hosts(done) == EXPORTS["Intune"][1]
    assert "standard input: 2 hosts" in done.stderr
