"""What is published is data: whatever else a signed manifest or a slice names is neither fetched, nor written, nor run."""

import pytest
from server import of_folder, serving
from test_accepting import signed_by

from pyinfra_wsl.pull.settings import SettingsError


def test_a_deploy_py_that_a_signed_manifest_names_is_not_even_fetched(at):
    """Whoever may sign may say what a laptop becomes, and not what runs there as LocalSystem."""
    at.publish()
    made = at.publish()
    evil = at.public / "deploy.py"
    evil.write_text("raise SystemExit")
    signed_by(at, "a", deploy="deploy.py", archive={"sha256": "0" * 64, "size": 17}, allow_code=True)
    with serving(of_folder(at.public)) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
    assert got.held.manifest.serial == made.serial
    assert server.asked == ["GET /latest", "GET /trust/2", f"GET /{made.slice_path('LT-1')}"]
    assert not [path for path in at.home.rglob("*") if path.name == "deploy.py"]


@pytest.mark.parametrize("value", [True, False, "yes"])
def test_no_setting_of_a_laptop_allows_code(at, value):
    with pytest.raises(SettingsError, match=r"allow_code.* is no setting"):
        at.set(allow_code=value)
