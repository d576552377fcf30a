"""Docker Desktop by an MSI, which Windows Installer lists under its product code: a real run installs it and knows it again."""

import hashlib

import pytest

from pyinfra_wsl.lab.docker_desktop import package, places

MSI = "DockerDesktop-4.86.0.msi"
DATA = package.make("4.86.0", "amd64", "msi")
WANT = {
    "package": {"version": "4.86.0", "installer": f"images/{MSI}", "sha256": hashlib.sha256(DATA).hexdigest()},
    "backend": "wsl-2",
    "accept_license": {"by": "Ada Lovelace, head of IT", "date": "2026-11-27"},
    "start": True,
}


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(LT_MSI="docker-fresh")
    folder = rehearsal.folder / "inventory" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MSI).write_bytes(DATA)
    rehearsal.edit(lambda fleet: fleet["hosts"]["LT-MSI"].update(docker_desktop=WANT))
    return rehearsal, [(rehearsal.converge(), rehearsal.results()["LT-MSI"]) for _ in range(2)]


def test_it_is_installed_and_listed_by_its_product_code_alone(runs):
    rehearsal, ((done, first), _) = runs
    assert (first["outcome"], first["failures"]) == ("converged", []), done.stdout
    (found,) = places.installations(rehearsal.stage.machine("LT-MSI"))
    assert (found.msi, found.version, found.key.endswith("}")) == (True, "4.86.0", True)


def test_the_next_run_knows_it_within_two_requests(runs):
    _, (_, (_, second)) = runs
    assert (second["outcome"], second["changes"], second["processes"], second["requests"]) == ("converged", [], 1, 2)


def test_verification_finds_it_too(runs):
    rehearsal, _ = runs
    done = rehearsal.verify("--limit", "LT-MSI", "-k", "test_it_has_the_declared_version and docker_desktop")
    assert done.returncode == 0, done.stdout
    assert " 1 passed" in done.stdout or "\n1 passed" in done.stdout, done.stdout
