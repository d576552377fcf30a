"""The command ``pyinfra-wsl``, also as ``python -m pyinfra_wsl``, where there is a Python and no scripts beside it."""

INTERRUPTED = 130


def main() -> None:
    """Carry a command line out; who ends it before all of it is loaded is told no traceback."""
    try:
        from pyinfra_wsl.cli.main import main as command  # noqa: PLC0415 - it is what takes time
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    command(prog_name="pyinfra-wsl")


if __name__ == "__main__":
    main()
