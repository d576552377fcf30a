"""The command ``pyinfra-wsl``: one module for each group of its commands."""
