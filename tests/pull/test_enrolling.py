"""What a laptop gets: a task as it must be, settings that can be used, and a folder that is put together of pinned parts."""

import importlib.util
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

import pyinfra_wsl
from pyinfra_wsl.pull import settings
from pyinfra_wsl.pull.form.signed import Signed
from pyinfra_wsl.pull.form.trust import first
from pyinfra_wsl.pull.store import Store

ROOT = Path(__file__).resolve().parents[2]
SPACE = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}


@pytest.fixture
def package(at, call):
    at.trust("rotate", at.public, "--root", at.keys / "root", "--signing", at.keys / "b")
    at.publish(serial=41)
    out = at.folder / "package"
    said = call("enroll", at.public, "--source", "https://fleet.example/public", "--out", out, "--results", "\\\\srv\\back")
    assert "README.md" in said
    return out


def task(package):
    data = (package / "task.xml").read_bytes()
    assert data.startswith(b"\xff\xfe")
    return ElementTree.fromstring(data[2:].decode("utf-16-le").partition("?>")[2])  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Principals/t:Principal/t:UserId", "S-1-5-18"),
        ("Principals/t:Principal/t:RunLevel", "HighestAvailable"),
        ("Triggers/t:TimeTrigger/t:Repetition/t:Interval", "PT60M"),
        ("Triggers/t:TimeTrigger/t:Repetition/t:Duration", None),  # without an end, or missed starts are not made up for
        ("Triggers/t:BootTrigger/t:Delay", "PT5M"),
        ("Settings/t:MultipleInstancesPolicy", "IgnoreNew"),
        ("Settings/t:DisallowStartIfOnBatteries", "false"),
        ("Settings/t:StopIfGoingOnBatteries", "false"),
        ("Settings/t:StartWhenAvailable", "true"),
        ("Settings/t:RunOnlyIfNetworkAvailable", "false"),
        ("Settings/t:WakeToRun", "false"),
        ("Settings/t:ExecutionTimeLimit", "PT4H"),
        ("Settings/t:Priority", "6"),
        ("Actions/t:Exec/t:Arguments", "-I -X utf8 -m pyinfra_wsl pull"),
        ("Actions/t:Exec/t:Command", rf"%ProgramFiles%\pyinfra-wsl\app\{pyinfra_wsl.__version__}\python.exe"),
        ("Actions/t:Exec/t:WorkingDirectory", rf"%ProgramFiles%\pyinfra-wsl\app\{pyinfra_wsl.__version__}"),
    ],
)
def test_the_task_is_as_it_must_be(package, path, value):
    assert task(package).findtext(f"t:{path}", namespaces=SPACE) == value


def test_the_settings_and_the_trust_can_be_used_as_they_are(package):
    found = settings.load(package)
    assert (found.fleet, found.sources, found.to) == ("corp", ("https://fleet.example/public",), "\\\\srv\\back")
    assert (found.splay, found.floor, found.detail) == (45 * 60, (0, 41), "brief")
    assert first(Signed.read((package / "trust").read_bytes())).version == 2
    assert Store(package, "LT-1").trust().version == 2


def test_the_scripts_are_plain_and_name_only_what_is_there(package):
    script = (package / "install.cmd").read_bytes()
    assert b"\r\n" in script
    assert not re.search(rb"[^\x0d]\x0a", script)
    text = script.decode("ascii")
    assert pyinfra_wsl.__version__ in text
    for name in re.findall(r"%~dp0([\w.]+)", text):
        assert name == "app" or (package / name).is_file(), name
    assert "{{" not in text + (package / "README.md").read_text()
    assert "not seen on Windows" in (package / "README.md").read_text()


def test_what_cannot_be_used_is_said_before_it_is_delivered(at, call):
    words = ["enroll", at.public, "--out", at.folder / "p", "--source"]
    assert "not encrypted" in call(*words, "http://fleet.example", code=1)
    assert "PAC" in call(*words, "https://fleet.example", "--proxy", "http://x/proxy.pac", code=1)
    (at.folder / "empty").mkdir()
    assert "no trust" in call("enroll", at.folder / "empty", "--out", at.folder / "p", "--source", "https://x.example", code=1)
    more = ["--fallback", "\\\\srv\\fleet", "--proxy", "none", "--detail", "full", "--ca", "C:\\ca.pem", "--every", "120"]
    call(*words, "https://fleet.example", *more)
    assert yaml.safe_load((at.folder / "p" / "pull.yml").read_text()) == {
        "fleet": "corp", "source": "https://fleet.example", "splay": 105 * 60, "fallbacks": ["\\\\srv\\fleet"],
        "results": {"detail": "full"}, "proxy": "none", "ca": "C:\\ca.pem",
    }  # fmt: skip


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("pull_package", ROOT / "scripts" / "pull_package.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def test_the_list_of_wheels_is_whole_and_names_what_this_program_needs(script):
    named = {name.split()[0] for name in script.pinned().values()}
    declared = (ROOT / "pyproject.toml").read_text().partition("dependencies = [")[2].partition("]")[0]
    needed = {one.lower() for one in re.findall(r'"([A-Za-z0-9-]+)[><=]', declared)}
    assert {"pyinfra", "cryptography"} <= needed
    assert needed | {"gevent", "paramiko", "greenlet", "cffi", "truststore"} <= named


def test_a_folder_is_put_together_of_the_very_parts_that_are_pinned(script, tmp_path, monkeypatch):
    python = zipped(
        tmp_path / "python.zip", {"python.exe": b"MZ", "python313._pth": b"python313.zip\n.\n", "python313.zip": b"PK"}
    )
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    members = {"lib/__init__.py": b"1", "lib-1.data/scripts/run": b"#!", "lib-1.data/purelib/more.py": b"2"}
    wheel = zipped(wheels / "lib-1-py3-none-any.whl", members)
    own = zipped(tmp_path / "own.whl", {"pyinfra_wsl/x.py": b"3"})
    lock = tmp_path / "lock.txt"
    lock.write_text(f"# a list\n\nlib==1 --hash=sha256:{script.digest(wheel)}\n")
    real = script.pinned
    monkeypatch.setattr(script, "pinned", lambda: real(lock))
    count, _size = script.make(python, script.digest(python), wheels, tmp_path / "app", own)
    assert count == 6
    found = {str(one.relative_to(tmp_path / "app")) for one in (tmp_path / "app").rglob("*") if one.is_file()}
    assert found == {"python.exe", "python313._pth", "python313.zip", "files.sha256", "site/lib/__init__.py", "site/more.py",
                     "site/pyinfra_wsl/x.py"}  # fmt: skip
    assert (tmp_path / "app" / "python313._pth").read_bytes() == b"python313.zip\r\n.\r\nsite\r\n"
    for bad, why in ((python, "is there already"), (python, "has the SHA-256")):
        with pytest.raises(script.PackageError, match=why):
            script.make(bad, "0" * 64, wheels, tmp_path / ("app" if "there" in why else "other"), own)
    wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(script.PackageError, match="another SHA-256: lib 1"):
        script.make(python, script.digest(python), wheels, tmp_path / "other", own)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:/x", "a\\..\\x"])
def test_no_member_of_an_archive_leaves_its_folder(script, tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        file.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(script.PackageError, match="leads out of it"):
        script.unpack(tmp_path / "bad.zip", tmp_path / "to")
    assert not (tmp_path / "to").exists()
