"""Every folder of tests/facts is a fact, and every file in it a case."""

from pathlib import Path

import pytest
from pyinfra_testing.facts import make_fact_tests

# The command of a fact is a script or an agent's request; those have tests of their own.
pytestmark = pytest.mark.filterwarnings("ignore:No command set")

for _folder in sorted(path for path in (Path(__file__).parent / "facts").iterdir() if path.is_dir() and "." in path.name):
    globals()[_folder.name] = make_fact_tests("pyinfra_wsl.facts", _folder.name, _folder)
