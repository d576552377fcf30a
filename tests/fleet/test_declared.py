"""Every declared setting that can be looked up has a test that looks it up: one that is forgotten would pass for verified."""

import re
from pathlib import Path

import pytest

from pyinfra_wsl.fleet import declared

VERIFY = Path(__file__).resolve().parents[1] / "verify"
LINUX = {noun: ("state", *names) for noun, names in declared._LINUX.items()}


@pytest.mark.parametrize(("noun", "name"), [(noun, name) for noun, names in LINUX.items() for name in names])
def test_a_setting_of_a_linux_host_is_verified(noun, name):
    text = (VERIFY / f"test_{noun}.py").read_text()
    named = {one for names in re.findall(r"mark\.settings\(([^)]*)\)", text) for one in re.findall(r'"(\w+)"', names)}
    assert name in named


def test_a_setting_knows_what_stands_beside_it():
    engine = {"users": ["ada"], "rootless": True}
    found = {str(one): one.beside for one in declared.settings({"docker_engine": engine})}
    assert found["docker_engine.users"] == engine
