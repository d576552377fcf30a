"""Every folder tests/resources/RESOURCE/facts/FACT is a fact, and every file in it a case."""

from pathlib import Path

import pytest
from pyinfra_testing.facts import make_fact_tests

# The command of a fact is a script or an agent's request; those have tests of their own.
pytestmark = pytest.mark.filterwarnings("ignore:No command set")

for _folder in sorted((Path(__file__).parent / "resources").glob("*/facts/*/")):
    _resource = _folder.parents[1].name
    globals()[f"{_resource}.{_folder.name}"] = make_fact_tests(
        f"pyinfra_wsl.resources.{_resource}", f"fact.{_folder.name}", _folder
    )
