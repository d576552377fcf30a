"""What is loaded undisturbed is left alone by Python's search for garbage, which goes on behind it."""

import gc
from importlib import import_module

import pytest

from pyinfra_wsl.core.garbage import undisturbed


@pytest.fixture(autouse=True)
def _as_before():
    yield
    gc.unfreeze()
    gc.enable()


def test_garbage_is_looked_for_behind_it_and_not_among_what_was_loaded():
    gc.unfreeze()
    with undisturbed():
        assert not gc.isenabled()
        loaded = [[number] for number in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(loaded)


def test_what_cannot_be_loaded_leaves_nothing_behind():
    with pytest.raises(ModuleNotFoundError), undisturbed():
        import_module("no_such_module")
    assert gc.isenabled()
