"""The roles that a look applies are those of deploy.py, in its order."""

import ast
from pathlib import Path

from pyinfra_wsl.survey.roles import ORDER

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_look_applies_the_roles_of_deploy_py_in_its_order():
    branch = next(one for one in ast.parse((ROOT / "deploy.py").read_text("utf-8")).body if isinstance(one, ast.If))
    found = {
        system: tuple(one.value.func.value.id for one in body)
        for system, body in (("linux", branch.body), ("windows", branch.orelse))
    }
    assert found == ORDER
    assert {path.stem for path in (ROOT / "roles").glob("[!_]*.py")} == {name for names in ORDER.values() for name in names}
