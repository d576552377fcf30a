"""The distributions of a fleet file, and those on a laptop, as the lab parts of several resources look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import NothingThereError
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk, wsl
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import Registration, Registrations


def present(declared: Values) -> Iterator[tuple[str, Values]]:
    """Yield the distributions that shall be there, with what is declared of each."""
    for name, distro in declared.get("wsl_distros", {}).items():
        if distro.get("state", "present") == "present":
            yield name, distro


def find(machine: Machine, person: Account, name: str) -> Registration:
    """Return a person's distribution; raises NothingThereError."""
    try:
        return Registrations(machine.registry, person.sid).by_name(name, every_state=True)
    except WslError:
        raise NothingThereError(f"{person.full_name} has no distribution {name}") from None


@contextmanager
def opened(machine: Machine, person: Account, name: str) -> Iterator[Tree]:
    """Stop a distribution and let its files be changed; raises NothingThereError. Its disk is attached again if it was."""
    item, session = find(machine, person, name), wsl.session(machine, person)
    session.terminate(item.guid)
    vm = session.vm
    attached = vm is not None and item.disk.lower() in vm.disks
    if vm is not None:
        vm.eject(item.disk)
    content = machine.files.read(item.disk)
    tree = distro_disk.unpack(content) if item.wsl2 else distro_archive.read(content)
    yield tree
    machine.files.write(item.disk, distro_disk.pack(tree) if item.wsl2 else distro_archive.write(tree))
    if vm is not None and attached:
        vm.attach(item.disk)
