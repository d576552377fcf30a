"""What must not be there is proved by who would list it: a program that lists nothing since it does not work proves nothing."""

from types import SimpleNamespace

import pytest

from pyinfra_wsl.verify import test_wsl_distro as suite

ABSENT = SimpleNamespace(path=("wsl_distros", "Old", "state"), value="absent")
BROKEN = SimpleNamespace(rc=4294967295, stdout="Class not registered\nError code: Wsl/CallMsi/REGDB_E_CLASSNOTREG\n", stderr="")
REGISTERED = (
    "\nHKEY_USERS\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss\\{1}\n"
    "    State    REG_DWORD    0x1\n    DistributionName    REG_SZ    old\n"
)
NONE = "\nHKEY_USERS\\S-1-5-21-1\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss\n"


def looked_up(said, registered):
    laptop = SimpleNamespace(backend=SimpleNamespace(user=SimpleNamespace(within_reach=True)))
    suite.test_distribution_is_as_declared(
        laptop, ABSENT, lambda *_words: SimpleNamespace(rc=0, stdout=registered), lambda _line: said
    )


def test_a_wsl_that_does_not_work_does_not_prove_that_a_distribution_is_gone():
    with pytest.raises(AssertionError):
        looked_up(BROKEN, REGISTERED)


def test_where_none_is_registered_it_is_gone():
    looked_up(BROKEN, NONE)
