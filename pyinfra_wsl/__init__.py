"""Declarative WSL 2, Docker Desktop and KVM on pyinfra.

For users: ``from pyinfra_wsl.operations import wslconfig``, ``pyinfra_wsl.facts.WslDistros``, `pyinfra_wsl.inventory`.

The floors, from the top; imports point downwards only, and a test holds them to it:

- ``cli/``; ``roles/``, ``inventory.py``, ``testing/``: what users call
- ``fleet/``: the fleet file
- ``operations/``, ``facts/``: the public face of the resources
- ``resources/NAME/``: one resource each: its declaration, state, plan, operation and fact
- ``edge/``: where pyinfra begins: one machinery for Windows and Linux
- ``connectors/``: how a laptop is reached; ``report/``: what a run did; ``agent/``: the one program that runs on a laptop
- ``core/``: what resources share; pure, without pyinfra and without I/O

Beside them ``lab/``: simulated laptops over real SSH.
"""

from pathlib import Path

__version__ = "0.1.0"

# In a checkout roles/, templates/ and schemas/ are our siblings; in a wheel they lie inside the package.
_here = Path(__file__).resolve().parent
if not (_here / "schemas").is_dir():
    __path__.append(str(_here.parent))
