"""Types, lint and formatting: the rules of ``pyproject.toml``, each tool with its own last word."""

import subprocess
import sys

TOOLS = (["mypy"], ["ruff", "check", "--quiet", "."], ["ruff", "format", "--check", "--quiet", "."])


def main() -> int:
    """Run every tool and return 1 if one of them objects."""
    results = [subprocess.run([sys.executable, "-m", *tool], check=False).returncode for tool in TOOLS]
    return int(any(results))


if __name__ == "__main__":
    sys.exit(main())
