"""testinfra over our connectors, and a pytest plugin that makes one test of each declared setting.

In the ``conftest.py`` at the root of your tests: ``pytest_plugins = ["pyinfra_wsl.testing.plugin"]``.
"""
