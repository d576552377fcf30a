"""Declarative WSL 2, Docker Desktop and KVM on pyinfra.

The layers, from the top; imports point downwards only, and a test holds them to it:

- ``roles/``: what a machine must be, as a list of operations to read from top to bottom
- ``operations/``: pyinfra operations; fact, plan, yield the steps
- ``facts/``: pyinfra facts; views on one snapshot of the laptop
- ``report/``: what a run did, as data and as one table
- ``connectors/``: how a laptop is reached; ``@winssh``
- ``agent/``: the one program that runs on a laptop, and the client's half of its protocol
- ``core/``: everything that is decided; pure, without pyinfra and without I/O

Beside them ``lab/`` (simulated laptops over real SSH), ``testing/`` (testinfra over our connectors) and ``cli.py``.
"""

from pathlib import Path

# In a checkout roles/, templates/ and schemas/ are our siblings; in a wheel they lie inside the package.
_here = Path(__file__).resolve().parent
if not (_here / "schemas").is_dir():
    __path__.append(str(_here.parent))
