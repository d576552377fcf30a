"""WSL fetched by wsl.exe itself where no installer is declared: onto a fresh laptop, and over the WSL of Windows 10."""

import json

from pyinfra_wsl.lab.exe.wsl_online import RELEASE, STORE
from pyinfra_wsl.lab.wsl import installer
from pyinfra_wsl.lab.wsl import package as wsl_package

DEPLOY = """
from pyinfra import host
from pyinfra_wsl.operations import wsl

wsl.package(name="WSL", minimum="2.6.1", update=host.data.update)
"""
ADDRESS = "https://example.org/wsl.msi"


def declare(fleet):
    fleet["defaults"]["wsl"] = None


def test_the_latest_release_comes_from_where_it_is_declared(make_stage):
    rehearsal = make_stage(declare, LT_STORE="fresh-en", LT_WEB="windows-10-inbox", LT_OFF="fresh-en")
    for name in ("LT-STORE", "LT-WEB"):
        internet = rehearsal.stage.machine(name).internet
        asset = {"name": "wsl.2.7.11.0.x64.msi", "url": ADDRESS}
        internet[RELEASE] = json.dumps({"name": "2.7.11", "assets": [asset]}).encode()
        internet |= {ADDRESS: installer.make("2.7.11.0"), STORE: installer.make("2.6.3.0")}
    (rehearsal.folder / "update.py").write_text(DEPLOY.replace("host.data.update", '"web" if host.name == "LT-WEB" else "store"'))
    done = rehearsal.pyinfra("update.py", "-y")
    assert "Traceback" not in done.stdout + done.stderr
    results = rehearsal.results()
    assert {name: one["outcome"] for name, one in results.items()} == {
        "LT-STORE": "converged", "LT-WEB": "converged", "LT-OFF": "failed",
    }  # fmt: skip
    versions = {name: wsl_package.version(rehearsal.stage.machine(name)) for name in results}
    assert versions == {"LT-STORE": "2.6.3.0", "LT-WEB": "2.7.11.0", "LT-OFF": ""}
    assert "wsl.exe could not install WSL" in done.stdout + done.stderr
