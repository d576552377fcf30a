"""pyinfra's own file operations on a laptop, carried out by real pyinfra: what they do, and what is refused and does nothing."""

import re

import pytest

from pyinfra_wsl.connectors import posix

PUT = """
from io import StringIO
from pyinfra.operations import files, server
{lines}
"""


@pytest.fixture(scope="module")
def machine(rehearsal):
    return rehearsal.stage.machine("LT-EN")


@pytest.fixture
def deploy(rehearsal, tmp_path):
    def deploy(*lines, options=()):
        (tmp_path / "files.py").write_text(PUT.format(lines="\n".join(lines)))
        done = rehearsal.pyinfra(tmp_path / "files.py", "-y", "--limit", "LT-EN", *options)
        return done.returncode, done.stdout + done.stderr

    return deploy


def home(machine):
    return {node.name for node in machine.files.list(r"C:\Users\fleet-admin")}


def text(machine, path):
    return machine.files.text(path)


def test_a_file_is_put_into_a_folder_that_does_not_exist(deploy, machine):
    places = ["C:/new/deep/x.txt", r"C:\new2\deep\x.txt", "C:/new 3/it's & so/x.txt"]
    before = home(machine)
    for _ in range(2):
        code, said = deploy(*(f"files.put(src=StringIO('hello'), dest={dest!r})" for dest in places))
        assert code == 0, said
    assert "Success: 0" not in said
    for dest in places:
        assert text(machine, dest) == "hello"
        assert [node.name for node in machine.files.list(dest.replace("/", "\\").rpartition("\\")[0])] == ["x.txt"]
    assert home(machine) == before


def test_a_folder_is_made_once_and_is_empty(deploy, machine):
    for _ in range(2):
        code, said = deploy("files.directory(path='C:/made/here')")
        assert code == 0, said
    assert "No changes" in said or "No change" in said
    assert machine.files.list(r"C:\made\here") == []


def test_a_template_goes_into_a_new_folder_and_a_file_comes_back(deploy, machine, tmp_path):
    (tmp_path / "x.j2").write_text("I am {{ who }}")
    code, said = deploy(
        f"files.template(src={str(tmp_path / 'x.j2')!r}, dest='C:/told/x.txt', who='it')",
        f"files.get(src='C:/told/x.txt', dest={str(tmp_path / 'back.txt')!r})",
    )
    assert code == 0, said
    assert text(machine, r"C:\told\x.txt") == "I am it"


REFUSED = {
    "owner": ("files.put(src=StringIO('1'), dest='C:/owned/x.txt', user='bo')", "'chown' is for POSIX shells"),
    "mode": ("files.put(src=StringIO('1'), dest='C:/mode/x.txt', mode='600')", "leave out user, group and mode"),
    "folder's mode": ("files.directory(path='C:/moded', mode='755')", "'chmod' is for POSIX shells"),
    "touch": ("files.file(path='C:/touched')", "'touch' is for POSIX shells"),
    "remove": ("files.directory(path='C:/Users', present=False)", "'rm' is for POSIX shells"),
    "link": ("files.link(path='C:/link', target='C:/Users')", "'ln' is for POSIX shells"),
    "line": ("files.line(path='C:/Users/x.txt', line='a b')", "'grep' is for POSIX shells"),
    "find": ("files.sync(src='.', dest='C:/Users/Public', delete=True)", "is for POSIX shells"),
    "home": ("files.put(src=StringIO('1'), dest='~/x.txt')", "names no place on Windows"),
    "root": ("files.put(src=StringIO('1'), dest='/etc/motd')", "names no place on Windows"),
    "make at root": ("files.directory(path='/srv')", "names no place on Windows"),
    "copy": ("server.shell(commands=[\"cp -r 'C:/a' 'C:/b'\"])", "server.shell with a command of Windows"),
    "make": ("server.shell(commands=['mkdir -p C:/a b'])", "'mkdir -p' is for POSIX shells"),
}


@pytest.fixture(scope="module")
def refused(make_stage):
    """Return what one run said of each of these, each on a laptop of its own, and what was there before and after."""
    names = {f"LT-{number:02}": what for number, what in enumerate(REFUSED)}
    lab = make_stage(**{name.replace("-", "_"): "fresh-en" for name in names})
    lines = [f"if host.name == {name!r}: {REFUSED[what][0]}" for name, what in names.items()]
    (lab.folder / "files.py").write_text(PUT.format(lines="\n".join(["from pyinfra import host", *lines])))
    before = {name: there(lab.stage.machine(name)) for name in names}
    done = lab.pyinfra("files.py", "-y")
    said = re.split(r"(?=\[LT-\d\d\])", done.stdout + done.stderr)
    found = {}
    for name, what in names.items():
        machine = lab.stage.machine(name)
        own = "".join(one for one in said if one.startswith(f"[{name}]"))
        found[what] = (own, before[name], there(machine), list(machine.complaints))
    return done, found


def there(machine):
    """Return what stands in our home and at the root of the drive."""
    return home(machine), {node.name for node in machine.files.list("C:\\")}


@pytest.mark.parametrize("what", REFUSED)
def test_what_windows_has_not_is_refused_with_the_next_step_and_does_nothing(refused, what):
    done, found = refused
    said, (kept, root), (after, grown), complaints = found[what]
    assert done.returncode == 1
    assert REFUSED[what][1] in said, said
    assert "Next: " in said
    assert after == kept
    assert grown - root <= {"owned", "mode", "moded"}  # what came before it
    assert not complaints


def test_what_is_refused_leaves_no_traceback(refused):
    assert "Traceback" not in refused[0].stdout + refused[0].stderr


@pytest.mark.parametrize(
    "command",
    [
        "hostname", "mkdir C:\\x", 'wsl.exe -d U -- sh -c "cat /dev/null || true"', "wsl -- ls 2>/dev/null", "type a & echo rm",
        "C:\\Git\\usr\\bin\\rm.exe -rf x", "wsl.exe -d U -- mkdir -p /x", "echo a >> C:\\log.txt", "sc.exe query X || exit /b 0",
        'findstr "chmod" x.txt', "copy a b && move b c",
    ],
)  # fmt: skip
def test_commands_of_windows_are_left_alone(command):
    assert posix.refusal(command) is None


@pytest.mark.parametrize(
    "command",
    [
        "! test -e x || stat x",
        "x=$(uname)",
        "find x -type f > /dev/null",
        "cd C:\\x && rm -f y",
        "(chmod 1 x)",
        "true; touch 'a b'",
    ],
)
def test_commands_of_posix_shells_are_refused(command):
    assert posix.refusal(command) is not None
