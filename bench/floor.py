"""What pyinfra itself costs: `python bench/floor.py [HOSTS]`, operations that do nothing on hosts to which nothing connects.

There are as many operations as a laptop of ours has. Once pyinfra is as it comes, once with what our package puts in the place of
some of its functions (connectors/quicker.py). Below the second no run of ours can go, whatever it is that the laptops say.
"""

import sys
import tempfile
from pathlib import Path

from place import measure

HOSTS = 500
_OPERATIONS = 10
_TIMES = 3
_RUN = """
from gevent import monkey
monkey.patch_all()
from pyinfra.api import connectors, inventory
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.ssh import SSHConnector

class Nothing(BaseConnector):
    handles_execution = True

    @staticmethod
    def make_names_data(name):
        yield name, {}, []

    def connect(self):
        pass

    run_shell_command = put_file = get_file = None  # which nobody asks for

connectors.get_all_connectors = inventory.get_all_connectors = lambda: {"ssh": SSHConnector, "nothing": Nothing}
from pyinfra_cli.main import main
main()
"""
_QUICKER = "from pyinfra_wsl.connectors import quicker as _quicker\n_quicker.use()"  # as with our connectors: in the inventory
_DEPLOY = """
from pyinfra import host
from pyinfra.api import operation

@operation()
def nothing():
    host.noop("nothing is done")
    yield from ()
"""


def main(hosts: int) -> None:
    """Print one row for pyinfra as it comes, and one for it with ours."""
    print(f"{f'{hosts} hosts, {_OPERATIONS} operations that do nothing':44}{'ms/host':>10}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = [f"nothing(name='{number}')" for number in range(_OPERATIONS)]
        (folder / "deploy.py").write_text("\n".join([_DEPLOY, *calls]))
        for size in (1, hosts):
            named = f"hosts = [f'@nothing/h{{number}}' for number in range({size})]\n"
            (folder / f"plain_{size}.py").write_text(named)
            (folder / f"quicker_{size}.py").write_text(f"{_QUICKER}\n{named}")
        for words, way in (("pyinfra as it comes", "plain"), ("with connectors/quicker.py", "quicker")):
            one, many = (_least(folder, way, size) for size in (1, hosts))
            print(f"{words:44}{(many - one) / (hosts - 1) * 1000:10.2f}")


def _least(folder: Path, way: str, size: int) -> float:
    costs = [measure(folder, sys.executable, "-c", _RUN, f"{way}_{size}.py", "deploy.py", "-y") for _ in range(_TIMES)]
    if any(one.code for one in costs):
        sys.exit(f"pyinfra ended with {costs[0].code}")
    return min(one.processor for one in costs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else HOSTS)
