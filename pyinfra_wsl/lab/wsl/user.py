"""WSL of one Windows user: their distributions, what runs of them, and their VM (src/windows/service/exe/LxssUserSession.cpp)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import config as wsl_config
from pyinfra_wsl.lab.wsl import configfile as wsl_configfile
from pyinfra_wsl.lab.wsl import distro_archive, releases, told
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.registration import INSTALLED, RUNNING, Registration, Registrations
from pyinfra_wsl.lab.wsl.texts import Tongue, installed
from pyinfra_wsl.lab.wsl.vm import Vm, from_file, has_service

VM_BOOT, INSTANCE_START = 2.0, 1.0
"""Seconds of lab time that a VM and a distribution take to start."""


@contextmanager
def within(*contexts: str) -> Iterator[None]:
    """Let failures inside carry the contexts, and those of files WSL's names."""
    try:
        with told.inside(*contexts):
            yield
    except WslError as error:
        raise error.within(*contexts) from None
    except FileError as error:
        raise from_file(error).within(*contexts) from None


class WslUser:
    """The session of the WSL service for one user.

    Args:
        machine: where.
        account: whose.
        session: the Windows session that opened it; 0 for services and SSH.

    """

    def __init__(self, machine: Machine, account: Account, session: int) -> None:
        """Begin with nothing running."""
        self.machine, self.account, self.session = machine, account, session
        self.registrations = Registrations(machine.registry, account.sid)
        self.instances: dict[str, Instance] = {}
        self.locked: dict[str, int] = {}
        self.vm: Vm | None = None
        self.powered = True
        self.work: set[asyncio.Task[Registration]] = set()
        self._ends = 0
        self._starting = asyncio.Lock()
        self._guids = 0

    def new_guid(self) -> uuid.UUID:
        """Return the next GUID; the same laptop always makes the same ones."""
        while True:
            self._guids += 1
            guid = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.machine.name} {self.machine.seed} {self.account.sid} {self._guids}")
            if not self.machine.registry.exists(self.registrations.at(f"{{{guid}}}").key):
                return guid

    def writes(self, value: str) -> bool:
        """Whether the laptop's release writes a value of a registration: `releases.writes`."""
        return releases.writes(installed(self.machine), value)

    def config(self) -> wsl_config.Config:
        """Read ``.wslconfig`` as it is now; every reading warns anew."""
        return wsl_config.read(self.machine, self.account)

    # --- states ---

    def state(self, item: Registration) -> int:
        """Return what ``--list --verbose`` shows: running and busy ones are known here only."""
        if item.guid in self.instances:
            return RUNNING
        stored = item.state
        return self.locked.get(item.guid, stored) if stored == INSTALLED else stored

    def demand_unlocked(self, item: Registration) -> None:
        """Raise ``E_ILLEGAL_STATE_CHANGE`` while an import, conversion or export of it runs."""
        if item.guid in self.locked:
            raise WslError("E_ILLEGAL_STATE_CHANGE")

    @contextmanager
    def busy(self, item: Registration, state: int) -> Iterator[None]:
        """Lock a distribution for a long change; it is stopped first (_ConversionBegin)."""
        self.demand_unlocked(item)
        self.terminate(item.guid)
        self.locked[item.guid] = state
        try:
            yield
        finally:
            self.locked.pop(item.guid, None)
            self._arm_vm()

    async def transfer(self, seconds: float, *, steps: int = 1, in_vm: bool) -> None:
        """Let an import, export or conversion work for some seconds; it fails if its VM, or the service, ends meanwhile.

        Neither ``Shutdown`` nor the end of the service looks at what is locked (LxssUserSession.cpp). As which error that is told
        is not verified.

        Args:
            seconds: lab time of one step; `Faults.slow_transfers` makes it longer.
            steps: how many.
            in_vm: whether the work is done in the VM, which runs.

        """
        vm, ends = self.vm, self._ends
        for _ in range(steps):
            await self.machine.sleep(seconds * self.machine.faults.slow_transfers)
            if self._ends != ends or (in_vm and self.vm is not vm):
                raise WslError("E_UNEXPECTED")

    # --- starting and stopping ---

    def boot(self) -> None:
        """Start the VM if it does not run; only who starts it gets its warnings."""
        if self.vm is None:
            with within("CreateVm"):
                self.vm = Vm.boot(self.machine, self.config(), Token(self.account, elevated=False, session=self.session))

    async def start(self, item: Registration) -> Instance:
        """Start a distribution if it does not run."""
        with within("CreateInstance"):
            async with self._starting:
                if item.guid in self.instances:
                    return self.instances[item.guid]
                item.check()
                if item.state != INSTALLED:
                    raise WslError("E_ILLEGAL_STATE_CHANGE")
                self.demand_unlocked(item)
                try:
                    idle = await self._boot_for(item)
                    instance = await self._create(item, self.vm if item.wsl2 else None, idle)
                except BaseException:
                    self._arm_vm()  # nothing else will: no instance that could end is there
                    raise
        self._arm(instance)
        return instance

    async def _create(self, item: Registration, vm: Vm | None, idle: float) -> Instance:
        """Make a distribution run in its VM; a VM that was ended by force meanwhile is a failure."""
        if vm is not None:
            vm.uses += 1
        uid, tongue = item.get("DefaultUid"), Tongue.of(self.machine)
        instance = Instance(item.guid, item.name, self.root(item, vm), vm, uid, self.machine.name, tongue, idle)
        await self._pass(INSTANCE_START, vm)
        self.note_system(item, instance.tree)
        instance.write_hostname()
        self.instances[item.guid] = instance
        return instance

    async def _pass(self, seconds: float, vm: Vm | None) -> None:
        """Let a start take its time; as which error the end of its VM is told is not verified."""
        ends = self._ends
        await self.machine.sleep(seconds)
        if self._ends != ends or (vm is not None and self.vm is not vm):
            raise WslError("E_UNEXPECTED")

    async def _boot_for(self, item: Registration) -> float:
        """Make ready what a distribution runs in; returns after how many seconds it idles out."""
        if not item.wsl2:
            if not wsl_config.allowed(self.machine, "AllowWSL1"):
                raise WslError("WSL_E_WSL1_DISABLED", says=[("MessageWSL1Disabled",), ("MessageUpgradeToWSL2", item.name)])
            if not has_service(self.machine, "lxss"):
                raise WslError("WSL_E_WSL1_NOT_SUPPORTED")
            return self.config().instance_idle  # a fatal line stops WSL1 too
        cold = self.vm is None
        self.boot()
        if cold:
            await self._pass(VM_BOOT, self.vm)
        if self.vm is None:
            raise WslError("E_UNEXPECTED")  # shut down while it booted
        return self.vm.config.instance_idle

    def root(self, item: Registration, vm: Vm | None) -> Tree:
        """Return a distribution's files: out of the disk that is attached to its VM, or of WSL1's own where it has none."""
        return self.attach(item, vm) if vm is not None else distro_archive.read(self.machine.files.read(item.disk))

    def attach(self, item: Registration, vm: Vm) -> Tree:
        """Attach a distribution's disk to a VM; what Windows refuses is told with the disk's path (AttachDiskLockHeld)."""
        try:
            return vm.attach(item.disk)
        except WslError as error:
            if error.contexts != ("MountDisk", "HCS"):
                raise
            folder = self.machine.files.is_dir(item.folder)
            name = error.name if folder or error.name != "ERROR_FILE_NOT_FOUND" else "ERROR_PATH_NOT_FOUND"
            shown = rf"{str(item.get('BasePath')).rstrip(chr(92))}\{item.get('VhdFileName')}"
            raise WslError(name, *error.contexts, says=[("MessageFailedToAttachDisk", shown, WslError(name))]) from None

    def flush(self, instance: Instance) -> None:
        """Write what Linux programs changed to where it lies."""
        item = self.registrations.at(instance.guid)
        if instance.vm is not None and instance.vm is self.vm:
            instance.vm.flush(item.disk)
        elif instance.vm is None and instance.tree.changed:
            self.machine.files.write(item.disk, distro_archive.write(instance.tree))
            instance.tree.changed = False

    def hold(self, instance: Instance) -> None:
        """Keep a distribution from idling out."""
        instance.clients += 1
        instance.uses += 1

    def release(self, instance: Instance) -> None:
        """Let go of it: what was changed is written, and it may idle out."""
        instance.clients -= 1
        instance.uses += 1
        if self.instances.get(instance.guid) is instance:
            self.flush(instance)
            self._arm(instance)

    @contextmanager
    def client(self, instance: Instance) -> Iterator[None]:
        """Hold a distribution while a program runs in it."""
        self.hold(instance)
        try:
            yield
        finally:
            self.release(instance)

    def terminate(self, guid: str) -> None:
        """Stop a distribution at once; nothing to do is fine. Its disk stays attached to the VM."""
        instance = self.instances.get(guid)
        if instance is None:
            return
        self.flush(instance)
        del self.instances[guid]
        instance.tree.mounted.clear()
        self._arm_vm()

    async def stop_all(self) -> None:
        """Stop all distributions and the VM; who is starting one comes first, under the same lock (Shutdown, m_instanceLock)."""
        async with self._starting:
            self.shutdown()

    def shutdown(self) -> None:
        """Stop all distributions and the VM of this user at once, whatever starts."""
        for guid in list(self.instances):
            self.terminate(guid)
        if self.vm is not None:
            self.vm.stop()
            self.vm = None

    def end(self) -> None:
        """End the session: the VM goes, imports fail and are undone, exports and conversions fail."""
        self._ends += 1
        for task in self.work:
            task.cancel()
        self.shutdown()

    def power_off(self) -> None:
        """Lose everything that runs; what was being written stays half written."""
        self.powered = False
        self.end()

    # --- idling out ---

    def _arm(self, instance: Instance) -> None:
        """Stop a distribution when nothing ran in it for a while (instanceIdleTimeout)."""
        uses = instance.uses

        def idle_out() -> None:
            if self.instances.get(instance.guid) is instance and not instance.clients and instance.uses == uses:
                self.terminate(instance.guid)

        self._later(instance.idle, idle_out)

    def _arm_vm(self) -> None:
        """Stop the VM when no distribution ran in it for a while (vmIdleTimeout); one that starts holds it."""
        vm = self.vm
        if vm is None:
            return
        uses = vm.uses

        def idle_out() -> None:
            used = self._starting.locked() or self.locked or any(instance.vm is vm for instance in self.instances.values())
            if self.vm is vm and vm.uses == uses and not used:
                self.shutdown()

        self._later(vm.config.vm_idle, idle_out)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        if seconds < 0 or not self.machine.pace:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a scenario that is being set up: no time passes
            return
        loop.call_later(seconds * self.machine.pace, what)

    # --- what the guest tells ---

    def note_system(self, item: Registration, tree: Tree) -> None:
        """Write Flavor and OsVersion from ``/etc/os-release`` (at import, refreshed at each start)."""
        entry = tree.find("/etc/os-release")
        found = dict(line.partition("=")[::2] for line in entry.data.decode("utf-8", "replace").splitlines()) if entry else {}
        for name, key in (("Flavor", "ID"), ("OsVersion", "VERSION_ID")):
            if found.get(key) and self.writes(name):
                item.set(name, found[key].strip('"'))


def distribution_settings(tree: Tree) -> dict[str, str]:
    """Return ``/etc/wsl-distribution.conf``, by lower-case name with its section (src/linux/init/main.cpp)."""
    entry = tree.find("/etc/wsl-distribution.conf")
    settings: dict[str, str] = {}
    for name, value, _ in wsl_configfile.parse_linux(entry.data if entry else b"").settings:
        settings.setdefault(name.lower(), value)
    return settings
