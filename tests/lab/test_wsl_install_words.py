"""wsl.exe --install --no-distribution, --update, --uninstall (src/windows/common/WslInstall.cpp, install.cpp)."""

import pytest
from wsl_laptop import OK, code, laptop, text

from pyinfra_wsl.lab import windows, wsl_package


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
        (["--install", "Ubuntu"], "Wsl/InstallDistro/WININET_E_CANNOT_CONNECT"),
        (["--install", "--no-distribution", "Ubuntu"], "Wsl/E_INVALIDARG"),
        (["--install", "--fixed-vhd"], "Wsl/E_INVALIDARG"),
        (["--update"], "Wsl/UpdatePackage/QueryLatestGitHubRelease/WININET_E_CANNOT_CONNECT"),
        (["--list", "--online"], "Wsl/WININET_E_CANNOT_CONNECT"),
        (["--uninstall", "D"], ""),
    ],
)
def test_what_needs_the_internet_or_is_wrong_fails(words, error):
    assert code(laptop().wsl(*words)) == error


def test_uninstall_leaves_distributions_registered():
    here = laptop(package="")
    wsl_package.install(here.machine)
    item = here.register("D")
    assert here.wsl("--uninstall", token=administrator(here)).code == 0
    assert not here.machine.files.exists(r"C:\Program Files\WSL\wsl.exe")
    assert here.machine.files.exists(item.disk)
