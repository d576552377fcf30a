"""Every case gets an agent: the lab's always, the real one wherever a PowerShell is on the PATH."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_side import LabAgent, Loop
from powershell_side import PowerShellAgent
from side import Agent, Place

NO_POWERSHELL = "install PowerShell and put pwsh on the PATH to run the same cases against agent.ps1"
NOT_WINDOWS = "this PowerShell runs on another system, which has neither a registry nor CIM"


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def powershell() -> str:
    found = shutil.which("pwsh") or shutil.which("powershell.exe")
    if found is None:
        pytest.skip(NO_POWERSHELL)
    return found


@pytest.fixture(params=["lab", "powershell"])
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Agent]:
    agent: Agent
    if request.param == "lab":
        agent = LabAgent.on_new_laptop(request.getfixturevalue("loop"))
    else:
        agent = PowerShellAgent(request.getfixturevalue("powershell"), tmp_path)
    yield agent
    agent.close()


@pytest.fixture
def place(agent: Agent) -> Place:
    return agent.place


@pytest.fixture
def windows_agent(agent: Agent) -> Agent:
    if not agent.windows:
        pytest.skip(NOT_WINDOWS)
    return agent
