"""Options of the whole test suite: ``--inventory`` and ``--limit`` for pyinfra_wsl/verify."""

pytest_plugins = ["pyinfra_wsl.testing.plugin"]
