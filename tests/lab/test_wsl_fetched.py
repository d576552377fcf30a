"""The package as wsl.exe fetches it: the newest for testing too, and where there is only what Windows itself brings."""

import json

import pytest
from wsl_laptop import laptop

from pyinfra_wsl.lab.exe.wsl_online import RELEASE, RELEASES, STORE
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import installer
from pyinfra_wsl.lab.wsl import package as wsl_package

SYSTEM = r"C:\Windows\System32\wsl.exe"


def online(**more):
    """Return a laptop that reaches GitHub, with a release for testing, and the Store, each with another version."""
    here = laptop(**{"package": "", "features": ()} | more)
    addresses = {number: f"https://example.org/{number}.msi" for number in ("2.7.11", "2.9.4", "2.9.3")}
    assets = {number: [{"name": f"wsl.{number}.0.x64.msi", "url": address}] for number, address in addresses.items()}
    told = [{"name": number, "assets": one} for number, one in assets.items()]
    here.machine.internet |= {address: installer.make(f"{number}.0") for number, address in addresses.items()}
    here.machine.internet |= {RELEASE: json.dumps(told[0]).encode(), RELEASES: json.dumps(told).encode()}
    here.machine.internet[STORE] = installer.make("2.6.3.0")
    return here


def say(here, *words, exe=SYSTEM):
    return here.wsl(*words, exe=exe, token=windows.administrator_token(here.machine))


@pytest.mark.parametrize(("words", "version"), [((), "2.6.3.0"), (("--web-download",), "2.7.11.0")])
def test_the_stub_installs_the_package_and_what_it_needs_without_a_distribution(words, version):
    here = online()
    assert say(here, "--install", "--no-distribution", *words).code == 0
    assert wsl_package.version(here.machine) == version
    assert here.machine.features.state("VirtualMachinePlatform") == "Enable Pending"
    assert say(here, "--version").stdout.startswith(f"WSL version: {version}".encode())


@pytest.mark.parametrize(
    ("words", "version"), [((), "2.6.3.0"), (("--web-download",), "2.7.11.0"), (("--pre-release",), "2.9.4.0")]
)
def test_windows_10s_own_wsl_brings_the_package(words, version):
    here = online(build=19045, features=("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"))
    assert say(here, "--update", *words).code == 0
    assert wsl_package.version(here.machine) == version


def test_the_package_takes_releases_for_testing_by_name_only():
    here = online(package="2.6.1.0")
    exe = rf"{wsl_package.FOLDER}wsl.exe"
    for words, version in ((("--web-download",), "2.7.11.0"), (("--pre-release",), "2.9.4.0"), ((), "2.9.4.0")):
        assert say(here, "--update", *words, exe=exe).code == 0
        assert wsl_package.version(here.machine) == version


@pytest.mark.parametrize("words", [("--install", "--no-distribution"), ("--install", "--no-distribution", "--web-download")])
def test_without_a_network_nothing_is_there(words):
    here = laptop(package="", features=())
    assert say(here, *words).code not in (0, 50)
    assert wsl_package.version(here.machine) == ""


@pytest.mark.parametrize(("version", "there"), [("2.9.4.0", True), ("2.9.3.0", True), ("2.7.11.0", False)])
def test_containers_come_and_go_with_the_release(version, there):
    here = laptop(package="")
    for one in ("2.9.4.0", version):
        wsl_package.install(here.machine, one)
    assert here.machine.files.exists(rf"{wsl_package.FOLDER}wslc.exe") is there
