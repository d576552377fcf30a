"""Options of the whole test suite: ``--inventory`` and ``--limit`` for tests/verify."""

pytest_plugins = ["pyinfra_wsl.testing.plugin"]
