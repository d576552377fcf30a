"""wsl.exe --install --no-distribution, --update, --uninstall (src/windows/common/WslInstall.cpp, install.cpp)."""

import hashlib
import json

import pytest
from wsl_laptop import OK, archive, code, laptop, text

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import installer
from pyinfra_wsl.lab.wsl import package as wsl_package


def administrator(here):
    return windows.administrator_token(here.machine)


def test_nothing_missing_prints_success():
    assert text(laptop().wsl("--install", "--no-distribution")) == OK


def test_missing_features_are_enabled_and_the_restart_is_said_with_exit_code_0():
    here = laptop(features=())
    for _ in range(2):
        outcome = here.wsl("--install", "--no-distribution", token=administrator(here))
        assert outcome.code == 0
        assert "rebooted" in text(outcome)
    assert here.machine.features.state("VirtualMachinePlatform") == "Enable Pending"
    assert here.machine.features.state("Microsoft-Windows-Subsystem-Linux") == "Disabled"
    here.machine.settle()
    assert text(here.wsl("--install", "--no-distribution", token=administrator(here))) == OK


def test_windows_10_needs_both_features():
    here = laptop(features=(), build=19045)
    here.wsl("--install", "--no-distribution", token=administrator(here))
    assert here.machine.features.state("Microsoft-Windows-Subsystem-Linux") == "Enable Pending"


def test_without_elevation_nothing_is_enabled():
    here = laptop(features=())
    assert code(here.wsl("--install", "--no-distribution")) == "Wsl/ERROR_CANCELLED"
    assert here.machine.features.state("VirtualMachinePlatform") == "Disabled"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--install", "Ubuntu", "--no-launch"], "Wsl/InstallDistro/WININET_E_CANNOT_CONNECT"),
        (["--install", "--no-distribution", "Ubuntu"], "Wsl/E_INVALIDARG"),
        (["--install", "--fixed-vhd"], "Wsl/E_INVALIDARG"),
        (["--update"], "Wsl/UpdatePackage/QueryLatestGitHubRelease/WININET_E_CANNOT_CONNECT"),
        (["--list", "--online"], "Wsl/WININET_E_CANNOT_CONNECT"),
    ],
)
def test_what_needs_the_internet_or_is_wrong_fails(words, error):
    assert code(laptop().wsl(*words)) == error


def test_uninstall_takes_no_words_in_the_newest_release():
    assert code(laptop(package="2.9.4.0").wsl("--uninstall", "D")) == ""


def test_uninstall_leaves_distributions_registered():
    here = laptop(package="")
    wsl_package.install(here.machine)
    item = here.register("D")
    assert here.wsl("--uninstall", token=administrator(here)).code == 0
    assert not here.machine.files.exists(r"C:\Program Files\WSL\wsl.exe")
    assert here.machine.files.exists(item.disk)


MANIFEST = "https://raw.githubusercontent.com/microsoft/WSL/master/distributions/DistributionInfo.json"
RELEASE = "https://api.github.com/repos/Microsoft/WSL/releases/latest"
ARCHIVE = "https://example.org/debian.wsl"


def online(sha256: str = ""):
    here = laptop()
    data = archive("gz")
    here.machine.internet[ARCHIVE] = data
    url = {"Url": ARCHIVE, "Sha256": sha256 or hashlib.sha256(data).hexdigest()}
    version = {"Name": "Debian-12", "FriendlyName": "Debian 12", "Default": True, "Amd64Url": url}
    other = {"Name": "Debian-11", "FriendlyName": "Debian 11", "Amd64Url": url}
    arm = {"Name": "only-arm", "FriendlyName": "x", "Arm64Url": url}
    found = {"Default": "Debian", "ModernDistributions": {"Debian": [version, other], "arm": [arm]}}
    here.machine.internet[MANIFEST] = json.dumps(found).encode()
    return here


def test_what_can_be_installed_is_listed_in_the_manifests_order():
    lines = text(online().wsl("--list", "--online")).split("\r\n")
    assert lines[2:] == ["", "NAME         FRIENDLY NAME", "Debian-12    Debian 12", "Debian-11    Debian 11", ""]


@pytest.mark.parametrize(("asked", "name"), [("debian", "Debian-12"), ("Debian-11", "Debian-11"), (None, "Debian-12")])
def test_a_distribution_of_the_manifest_is_installed_once(asked, name):
    here = online()
    words = ["--install", *([asked] if asked else []), "--no-launch"]
    assert here.wsl(*words).code == 0
    assert (here.lxss(name)["State"], here.lxss(name)["RunOOBE"]) == (1, 1)
    assert code(here.wsl(*words)) == "Wsl/InstallDistro/ERROR_ALREADY_EXISTS"


def test_an_unknown_name_and_a_wrong_digest_are_refused():
    assert code(online().wsl("--install", "nonsense", "-n")) == "Wsl/InstallDistro/WSL_E_DISTRO_NOT_FOUND"
    assert code(online("0" * 64).wsl("--install", "Debian", "-n")) == "Wsl/InstallDistro/VerifyChecksum/TRUST_E_BAD_DIGEST"


@pytest.mark.parametrize(("newest", "installed"), [("2.7.11", "2.7.11.0"), ("2.6.1", "2.6.1.0"), ("2.5.8", "2.6.1.0")])
def test_update_installs_only_what_is_newer(newest, installed):
    here = laptop(package="")
    wsl_package.install(here.machine, "2.6.1.0")
    address = "https://example.org/wsl.msi"
    asset = {"name": f"wsl.{newest}.0.x64.msi", "url": address}
    here.machine.internet |= {RELEASE: json.dumps({"name": newest, "assets": [asset]}).encode()}
    here.machine.internet |= {address: installer.make(f"{newest}.0")}
    assert here.wsl("--update", token=administrator(here)).code == 0
    assert wsl_package.version(here.machine) == installed
