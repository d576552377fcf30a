"""pyinfra's command line is imported as ever, and the installed distributions are looked through once."""

import subprocess
import sys
import textwrap

CODE = """
    import sys
    from importlib import metadata

    theirs, asked = metadata.entry_points, []
    metadata.entry_points = seen = lambda **which: asked.append(which) or theirs(**which)
    from pyinfra_wsl.connectors import greenlets

    greenlets.use()
    greenlets.use()
    from gevent import monkey

    assert asked == [{}], asked
    assert metadata.entry_points is seen
    assert monkey.is_module_patched("socket") and monkey.is_module_patched("threading")
    import wants_to_know

    assert wants_to_know.TOLD == ["GeventDidPatchAllEvent"], wants_to_know.TOLD
    assert "pyinfra.api" not in sys.modules
"""
PLUGIN = """
TOLD = []
def tell(event):
    TOLD.append(type(event).__name__)
"""


def test_who_wants_to_know_of_it_is_told(tmp_path):
    (tmp_path / "wants_to_know.py").write_text(PLUGIN)
    installed = tmp_path / "wants_to_know-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: wants-to-know\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[gevent.plugins.monkey.did_patch_all]\nit = wants_to_know:tell\n")
    code = f"import sys; sys.path.append({str(tmp_path)!r})\n{textwrap.dedent(CODE)}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
