"""``python -m pyinfra_wsl``: the command ``pyinfra-wsl``, where there is a Python and no scripts beside it."""

from pyinfra_wsl.cli.main import main

if __name__ == "__main__":
    main(prog_name="pyinfra-wsl")
