"""Every folder tests/resources/RESOURCE/operations/OPERATION is an operation, and every file in it a case.

Its ``facts`` hold the host's state by the name of each resource that is looked at, and what pyinfra's own operations ask for.
"""

from pathlib import Path

import pytest
from pyinfra.api.state import StateStage
from pyinfra_testing.operations import make_operation_tests
from pyinfra_testing.util import FakeHost, FakeState
from support.states import seen

from pyinfra_wsl import form
from pyinfra_wsl.data import template
from pyinfra_wsl.edge.linux import Host

# pyinfra's fakes lack what our operations use of the real ones: the stage, those who failed, and lines for people.
FakeState.current_stage = StateStage.Prepare
FakeState.failed_hosts = frozenset()
FakeHost.log = FakeHost.log_styled = lambda *_words, **_style: None

# A case runs without files; schemas and templates are read before.
form.of_values({})
for _template in (Path(__file__).parent.parent / "templates").glob("*.j2"):
    template(_template.name)

_get_fact = FakeHost.get_fact


def _look(self, fact, *args, **kwargs):
    """Answer our own look with a state, and the facts of pyinfra's operations as their fake does."""
    if fact is not Host:
        return _get_fact(self, fact, *args, **kwargs)
    return seen(**kwargs, values=self.fact.facts[kwargs["resource"]].data)


FakeHost.get_fact = _look


@pytest.fixture(autouse=True)
def _no_report(monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.edge.converge.report_at_end", lambda _state: None)


for _folder in sorted((Path(__file__).parent / "resources").glob("*/operations/*/")):
    _name = f"{_folder.parents[1].name}.{_folder.name}"
    globals()[_name] = make_operation_tests("pyinfra_wsl.operations", _name, _folder)
