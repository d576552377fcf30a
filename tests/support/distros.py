"""A distribution as declared and as a laptop has it."""

from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl_conf import state as wsl_conf
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import Distro, Record
from support.laptops import laptop, wanted

SHA, OTHER = "ab" * 32, "cd" * 32
HOME = r"C:\Users\alice\AppData\Local\wsl"
WANT = {"source": "images/ubuntu-24.04.tar.gz", "sha256": SHA}
WSL1_ON = windows_feature.State({"VirtualMachinePlatform": "Enabled", "Microsoft-Windows-Subsystem-Linux": "Enabled"})
RECORD = Record(SHA, "ubuntu-24.04.tar.gz")


def distro(name="Ubuntu", **fields):
    values = {"guid": "{1}", "name": name, "state": 1, "version": 2, "folder": rf"{HOME}\{name}", "record": RECORD}
    return Distro(**(values | fields))


def state(*distros, **fields):
    values = {"distros": {one.name: one for one in distros}, "default_version": 2, "running": ()}
    return wsl_distro.State(**(values | fields))


def plan(want, have=None, confs=None, **parts):
    whole = laptop(wsl_distro=have or state(), wsl_conf=wsl_conf.State(confs or {}), **parts)
    return planning.plan(wanted(RESOURCE, {"wsl_distros": {"Ubuntu": want}}), whole)


def sentences(planned):
    return [step.sentence for step in planned.steps]


def only_failure(planned):
    assert not planned.steps
    (failure,) = planned.failures
    assert failure.cause
    assert failure.remedy
    return failure
