"""Every folder tests/resources/RESOURCE/operations/OPERATION is an operation, and every file in it a case."""

from pathlib import Path

from pyinfra.api.state import StateStage
from pyinfra_testing.operations import make_operation_tests
from pyinfra_testing.util import FakeHost, FakeState

from pyinfra_wsl.data import template

# pyinfra's fakes lack what our operations use of the real ones: the stage, and lines for people.
FakeState.current_stage = StateStage.Prepare
FakeHost.log = FakeHost.log_styled = lambda *_words, **_style: None

# A case runs without files; templates are read before.
for _template in (Path(__file__).parent.parent / "templates").glob("*.j2"):
    template(_template.name)


def _key(fact):
    """Return the name by which a case knows a fact: the resource's and the fact's."""
    *_, resource, module = fact.__module__.split(".")
    return f"{resource if module == 'fact' else module}.{fact.__name__}"


FakeHost._get_fact_key = staticmethod(_key)

for _folder in sorted((Path(__file__).parent / "resources").glob("*/operations/*/")):
    _name = f"{_folder.parents[1].name}.{_folder.name}"
    globals()[_name] = make_operation_tests("pyinfra_wsl.operations", _name, _folder)
