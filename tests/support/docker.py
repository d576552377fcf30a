"""Docker Desktop as cases declare it and as a laptop has it."""

from dataclasses import replace

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.resources.docker_desktop import plan as planning
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.installed import Installation
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State
from support.laptops import ALICE, laptop, wanted
from support.wire import ran

SHA = "1f0c" * 16
EXE = {"installer": "images/DockerDesktop.exe", "sha256": SHA, "minimum": "4.86.0"}
MSI = EXE | {"installer": "images/DockerDesktop.msi"}
FOLDER = r"C:\Program Files\Docker\Docker"
OWN = r"C:\Users\alice\AppData\Local\Programs\DockerDesktop"
CODE = "{10FC87E2-9145-4D7D-B493-2E99E8D8E103}"
UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
NOT_LISTED = ran(1, "\r\nEnd of search: 0 match(es) found.\r\n")
NONE = State(
    machine_known=True, user_known=True, running_known=True, members=(), settings=File(), shared={"install-settings": File()}
)
LICENCE = {"by": "Ada", "date": "2026-11-27"}
CACHED = rf"C:\Program Files\pyinfra-wsl\cache\{SHA}"
THERE = Answer(True, {"exists": True, "size": 9, "sha256": SHA})


def listed(*names, root=rf"HKEY_LOCAL_MACHINE\{UNINSTALL}"):
    """What reg.exe says of the keys that bear the name."""
    rows = "".join(f"\r\n{root}\\{name}\r\n    DisplayName    REG_SZ    Docker Desktop\r\n" for name in names)
    return ran(0, f"{rows}\r\nEnd of search: {len(names)} match(es) found.\r\n")


def installed(version, scope="all_users", kind="exe", **more):
    folder = FOLDER if scope == "all_users" else OWN
    one = Installation(scope, version, folder, kind, CODE if kind == "msi" else "")
    return replace(NONE, installations=(one,), **more)


def running(version, **more):
    return installed(version, running_for=(ALICE.sid,), **({"containers": 0} | more))


def plan(package=EXE, *, have=NONE, outlook=None, more=None, **parts):
    declared = {"docker_desktop": {"package": package, **(more or {})}}
    machine = laptop(docker_desktop=have, **parts)
    return planning.plan(wanted(RESOURCE, declared), replace(machine, outlook=outlook) if outlook else machine)


def sentence(**case):
    planned = plan(**case)
    assert (planned.failures, planned.deferred, planned.foreseen) == ((), (), ())
    (step,) = planned.steps
    return step.sentence


def failure(**case):
    planned = plan(**case)
    assert planned.steps == ()
    (one,) = planned.failures
    assert one.remedy
    return one


def waits(**case):
    planned = plan(**case)
    assert (planned.steps, planned.failures) == ((), ())
    (one,) = planned.deferred
    return one
