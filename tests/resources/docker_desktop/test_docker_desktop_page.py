"""The page's table of components has each one that the fact shows, with each state."""

import re
from pathlib import Path

import pytest

from pyinfra_wsl.resources.docker_desktop import components
from pyinfra_wsl.resources.docker_desktop.state import State

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "docker_desktop.md").read_text("utf-8")
ROWS = dict(
    re.findall(r"^\| `([^`]+)`[^|]* \| ([^|]+) \|", PAGE.partition("| Component |")[2].partition("\n## ")[0], re.MULTILINE)
)
SEEN = components.of(State()) | components.of_wsl(None, None, None, {})


def test_each_component_is_in_the_table():
    assert set(ROWS) == {*SEEN, "docker.sock"}


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("program", State(machine_known=True, user_known=True)),
        ("engine", State()),
        ("engine", State(running_for=("S-1-5-21-1",), server="")),
        ("com.docker.service", State()),
        ("com.docker.service", State(services={"com.docker.service": "disabled"})),
        ("autostart", State(autostart=False)),
        ("credential helper", State(helper="")),
    ],
)
def test_each_state_is_in_its_row(name, state):
    assert f"`{components.of(state)[name]['state']}`" in ROWS[name]
