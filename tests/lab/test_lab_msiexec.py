"""msiexec.exe: the WSL package installed, upgraded, removed, refused."""

import pytest
from bed import Bed

from pyinfra_wsl.lab.machine.features import SERVICES_KEY
from pyinfra_wsl.lab.range import images
from pyinfra_wsl.lab.wsl import package as wsl_package

MSI = r"C:\Users\fleet-admin\wsl.msi"
LOG = r"C:\Users\fleet-admin\wsl.log"


def install(bed, *words, file=MSI, **options):
    return bed.run("msiexec.exe", "/i", file, "/qn", "/norestart", "/L*V", LOG, *words, **options).code


def bed_with(data=None, **settings):
    bed = Bed(**settings)
    bed.machine.files.write(MSI, images.installer() if data is None else data)
    return bed


def test_the_package_leaves_its_marks():
    bed = bed_with()
    assert install(bed) == 0
    assert wsl_package.version(bed.machine) == "2.6.1.0"
    assert bed.machine.files.exists(r"C:\Program Files\WSL\wsl.exe")
    assert bed.machine.registry.exists(rf"{SERVICES_KEY}\WSLService")
    assert bed.machine.environment(bed.admin)["Path"].endswith("C:\\Program Files\\WSL\\")
    assert bed.machine.files.read(LOG).decode("utf-16").rstrip().endswith("returning 0")


def test_another_version_goes_over_it_also_downwards():
    bed = bed_with()
    wsl_package.install(bed.machine, "2.9.0.0")
    assert install(bed) == 0
    assert wsl_package.version(bed.machine) == "2.6.1.0"


def test_it_is_removed_by_its_product_code():
    bed = bed_with()
    install(bed)
    code = bed.machine.registry.get(wsl_package.KEY, "ProductCode")
    assert bed.run("msiexec.exe", "/x", "{00000000-0000-0000-0000-000000000000}", "/qn", "/norestart").code == 1605
    assert bed.run("msiexec.exe", "/x", code, "/qn", "/norestart").code == 0
    assert not bed.machine.files.exists(r"C:\Program Files\WSL\wsl.exe")
    assert wsl_package.version(bed.machine) == ""


@pytest.mark.parametrize(
    ("settings", "data", "code"),
    [
        ({"build": 18363}, None, 1603),
        ({}, b"no package", 1620),
        ({}, images.OLE_MAGIC + b"no package", 1620),
        ({}, images.installer(architecture="arm64"), 1633),
        ({"architecture": "ARM64"}, None, 1633),
    ],
)
def test_what_does_not_fit_is_refused(settings, data, code):
    bed = bed_with(data, **settings)
    assert install(bed) == code
    assert wsl_package.version(bed.machine) == ""


def test_a_missing_file_a_full_disk_and_missing_rights_are_told_apart():
    bed = bed_with()
    assert install(bed, file=r"C:\none.msi") == 1619
    assert install(bed, file=MSI, token=bed.user) == 1619, "alice may not read it"
    bed.machine.files.write(r"C:\Users\Public\wsl.msi", images.installer())
    assert install(bed, file=r"C:\Users\Public\wsl.msi", token=bed.user) == 1603
    bed.machine.files.free_bytes = 1 << 20
    assert install(bed) == 1603
    assert "not enough space" in bed.machine.files.read(LOG).decode("utf-16")


@pytest.mark.parametrize("code", [1618, 3010])
def test_a_fault_is_used_up(code):
    bed = bed_with()
    bed.machine.faults.installer_exit = code
    assert install(bed) == code
    assert bool(wsl_package.version(bed.machine)) == (code == 3010)
    assert install(bed) == 0


def test_a_window_is_loud():
    bed = bed_with()
    bed.run("msiexec.exe", "/i", MSI)
    assert bed.machine.complaints
