"""Every folder of tests/operations is an operation, and every file in it a case."""

from pathlib import Path

from pyinfra.api.state import StateStage
from pyinfra_testing.operations import make_operation_tests
from pyinfra_testing.util import FakeHost, FakeState

from pyinfra_wsl.resources import template

# pyinfra's fakes lack what our operations use of the real ones: the stage, and lines for people.
FakeState.current_stage = StateStage.Prepare
FakeHost.log = FakeHost.log_styled = lambda *_words, **_style: None

# A case runs without files; templates are read before.
for _template in (Path(__file__).parent.parent / "templates").glob("*.j2"):
    template(_template.name)

for _folder in sorted(path for path in (Path(__file__).parent / "operations").iterdir() if path.is_dir() and "." in path.name):
    globals()[_folder.name] = make_operation_tests("pyinfra_wsl.operations", _folder.name, _folder)
