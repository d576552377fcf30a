"""testinfra over our connectors, and a pytest plugin that makes one test of each declared setting.

In a ``conftest.py``: ``pytest_plugins = ["pyinfra_wsl.testing.plugin"]``.
"""
