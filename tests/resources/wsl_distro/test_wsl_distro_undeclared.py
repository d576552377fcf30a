"""Distributions that nobody declared: told once in a run, and left alone."""

from dataclasses import replace

import pytest
from support.laptops import laptop, wanted

from pyinfra_wsl.core.windows.outlook import Declared, Outlook
from pyinfra_wsl.resources.wsl_distro.plan import plan
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import Distro, State


def warnings(declared, about, *there):
    """Return what is told with one of the declared ones on a laptop that has some."""
    have = State({name: Distro("{1}", name, 1, 2, rf"C:\{name}", there=True) for name in there}, default_version=2, running=())
    values = {"wsl_distros": {name: {} for name in declared}}
    seen = replace(laptop(wsl_distro=have), outlook=Outlook.of(Declared(values), ()))
    made = plan(wanted(RESOURCE, {"wsl_distros": {about: {}}}), seen)
    assert not made.steps
    return [one for one in made.warnings if "not declared" in one]


@pytest.mark.parametrize(
    ("declared", "about", "there", "told"),
    [
        (("U",), "U", ("U", "Own", "old"), ["not declared: Own, old, which no run touches"]),
        (("U", "V"), "V", ("U", "V", "Own"), []),  # told with the first
        (("U",), "U", ("u",), []),
        (("U",), "U", ("U", "docker-desktop", "docker-desktop-data"), []),
        ((), "U", ("U", "Own"), []),
    ],
)
def test_what_nobody_declared_is_told_once(declared, about, there, told):
    assert warnings(declared, about, *there) == told
