"""What a runner works out before it forks, so that no fork does: and nothing is there that a fork would lose."""

import subprocess
import sys
import textwrap

SAME = """
    import sys
    from pathlib import Path
    from pyinfra_wsl.rollout.runner import preload

    preload.everything()  # which holds that there is no hub
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "there is a second thread"
    before = set(sys.modules)
"""
LOOKED_FOR = """
    import importlib.metadata, importlib_metadata

    def nobody(*_arguments, **_words):
        raise AssertionError("the distributions are looked through once more")

    importlib.metadata.entry_points = importlib_metadata.entry_points = nobody
    import pyinfra.api.connectors
    pyinfra.api.connectors.entry_points = nobody
    from pyinfra_wsl.rollout.model import Member
    from pyinfra_wsl.rollout.runner import hosts
    from pyinfra_wsl import registry

    assert [one.connector_cls.__name__ for one in hosts.inventory([Member("LT-1", {}, connector="winssh")])]
    assert registry.found()
"""
FORMS = """
    import re
    from pathlib import Path
    from pyinfra_wsl import form

    def nobody(*_arguments, **_words):
        raise AssertionError("it is read once more")

    re._compiler.compile = Path.read_text = nobody
    assert form.validator("fleet#/$defs/values").is_valid({"user": "ada@corp.example"})
    assert not form.of_values({"user": "every"})
"""
CONNECTED = """
    import codecs, gevent
    from gevent.hub import Hub

    for name in ("ascii", "idna", "utf-16-le", "utf-8-sig"):
        codecs.lookup(name)
    assert gevent.get_hub().resolver, gevent.get_hub().threadpool
    assert set(sys.modules) == before, set(sys.modules) - before
"""
BROUGHT = """
    import os
    sys.path.append(os.getcwd())  # as a fork does
    from pyinfra.api.connectors import get_all_connectors
    from pyinfra_wsl import registry

    assert "corp" in get_all_connectors()
    try:
        registry.found()
    except registry.RegistryError as error:
        assert "corp_thing" in str(error)
    else:
        raise AssertionError("what the folder brings is not seen")
"""


def in_a_runner(text, folder=None):
    program = textwrap.dedent(SAME) + textwrap.dedent(text)
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_installed_distributions_are_looked_through_before_the_fork():
    in_a_runner(LOOKED_FOR)


def test_schemas_and_their_patterns_are_read_before_the_fork():
    in_a_runner(FORMS)


def test_what_is_needed_once_somebody_is_connected_is_loaded_before_the_fork():
    in_a_runner(CONNECTED)


def test_what_the_folder_of_a_rollout_brings_is_seen_by_a_fork(tmp_path):
    """Before the fork the folder is on no path, so what is found there must not be taken for all."""
    about = tmp_path / "corp.egg-info"
    about.mkdir()
    (about / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: corp\nVersion: 1\n")
    points = "[pyinfra.connectors]\ncorp = corp:Corp\n[pyinfra_wsl.resources]\ncorp_thing = nowhere_at_all:RESOURCE\n"
    (about / "entry_points.txt").write_text(points)
    (tmp_path / "corp.py").write_text("class Corp:\n    handles_execution = True\n")
    in_a_runner(BROUGHT, tmp_path)
