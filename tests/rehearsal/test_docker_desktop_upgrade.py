"""A package of Docker Desktop that is declared: what is as declared is left alone, and an upgrade that would harm is refused."""

import hashlib

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop

PACKAGE = b"no installer that would be started"


def declare_packages(fleet, folder):
    (folder / "DockerDesktop.exe").write_bytes(PACKAGE)
    source = {"installer": "DockerDesktop.exe", "sha256": hashlib.sha256(PACKAGE).hexdigest()}
    for name, minimum in (("LT-OLD", "4.86.0"), ("LT-FITS", "4.40")):
        fleet["hosts"][name]["docker_desktop"] = {"package": {**source, "minimum": minimum}}


def test_an_upgrade_that_would_harm_distributions_is_refused_and_the_integration_goes_on(make_stage):
    rehearsal = make_stage(LT_OLD="integration-reset", LT_FITS="converged")
    rehearsal.edit(lambda fleet: declare_packages(fleet, rehearsal.folder / "inventory"))
    rehearsal.stage.do(rehearsal.stage.machine("LT-OLD").part(DockerDesktop).install, "4.70.0")
    rehearsal.converge()
    old, fits = (rehearsal.results()[name] for name in ("LT-OLD", "LT-FITS"))
    (failure,) = old["failures"]
    assert "stops WSL and may unregister other distributions (before 4.80)" in failure["cause"]
    assert any(one["sentence"].startswith("WSL integration of Docker Desktop") for one in old["changes"])
    assert (fits["outcome"], fits["changes"], fits["requests"]) == ("converged", [], 2)
    assert not rehearsal.stage.machine("LT-OLD").complaints
