"""msiexec.exe: the WSL package installed, upgraded, removed, refused."""

import pytest
from lab_laptop import LabLaptop

from pyinfra_wsl.lab.machine.features import SERVICES_KEY
from pyinfra_wsl.lab.wsl import installer
from pyinfra_wsl.lab.wsl import package as wsl_package

MSI = r"C:\Users\fleet-admin\wsl.msi"
LOG = r"C:\Users\fleet-admin\wsl.log"


def install(laptop, *words, file=MSI, **options):
    return laptop.run("msiexec.exe", "/i", file, "/qn", "/norestart", "/L*V", LOG, *words, **options).code


def laptop_with(data=None, **settings):
    laptop = LabLaptop(**settings)
    laptop.machine.files.write(MSI, installer.make() if data is None else data)
    return laptop


def test_the_package_leaves_its_marks():
    laptop = laptop_with()
    assert install(laptop) == 0
    assert wsl_package.version(laptop.machine) == "2.6.1.0"
    assert laptop.machine.files.exists(r"C:\Program Files\WSL\wsl.exe")
    assert laptop.machine.registry.exists(rf"{SERVICES_KEY}\WSLService")
    assert laptop.machine.environment(laptop.admin)["Path"].endswith("C:\\Program Files\\WSL\\")
    assert laptop.machine.files.read(LOG).decode("utf-16").rstrip().endswith("returning 0")


def test_another_version_goes_over_it_also_downwards():
    laptop = laptop_with()
    wsl_package.install(laptop.machine, "2.9.0.0")
    assert install(laptop) == 0
    assert wsl_package.version(laptop.machine) == "2.6.1.0"


def test_it_is_removed_by_its_product_code():
    laptop = laptop_with()
    install(laptop)
    code = laptop.machine.registry.get(wsl_package.KEY, "ProductCode")
    assert laptop.run("msiexec.exe", "/x", "{00000000-0000-0000-0000-000000000000}", "/qn", "/norestart").code == 1605
    assert laptop.run("msiexec.exe", "/x", code, "/qn", "/norestart").code == 0
    assert not laptop.machine.files.exists(r"C:\Program Files\WSL\wsl.exe")
    assert wsl_package.version(laptop.machine) == ""


@pytest.mark.parametrize(
    ("settings", "data", "code"),
    [
        ({"build": 18363}, None, 1603),
        ({}, b"no package", 1620),
        ({}, installer.OLE_MAGIC + b"no package", 1620),
        ({}, installer.make(architecture="arm64"), 1633),
        ({"architecture": "ARM64"}, None, 1633),
    ],
)
def test_what_does_not_fit_is_refused(settings, data, code):
    laptop = laptop_with(data, **settings)
    assert install(laptop) == code
    assert wsl_package.version(laptop.machine) == ""


def test_a_missing_file_a_full_disk_and_missing_rights_are_told_apart():
    laptop = laptop_with()
    assert install(laptop, file=r"C:\none.msi") == 1619
    assert install(laptop, file=MSI, token=laptop.user) == 1619, "alice may not read it"
    laptop.machine.files.write(r"C:\Users\Public\wsl.msi", installer.make())
    assert install(laptop, file=r"C:\Users\Public\wsl.msi", token=laptop.user) == 1603
    laptop.machine.files.free_bytes = 1 << 20
    assert install(laptop) == 1603
    assert "not enough space" in laptop.machine.files.read(LOG).decode("utf-16")


@pytest.mark.parametrize("code", [1618, 3010])
def test_a_fault_is_used_up(code):
    laptop = laptop_with()
    laptop.machine.faults.installer_exit = code
    assert install(laptop) == code
    assert bool(wsl_package.version(laptop.machine)) == (code == 3010)
    assert install(laptop) == 0


def test_a_window_is_loud():
    laptop = laptop_with()
    laptop.run("msiexec.exe", "/i", MSI)
    assert laptop.machine.complaints
