"""The utility VM of one user: what it needs, what it runs with, its disks (src/windows/service/exe/WslCoreVm.cpp)."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Token
from pyinfra_wsl.lab.machine.features import SERVICES_KEY
from pyinfra_wsl.lab.machine.files import FileError, Node
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.wsl import distro_disk, releases, vm_start
from pyinfra_wsl.lab.wsl.config import Config
from pyinfra_wsl.lab.wsl.distro import Tree
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.texts import installed

MEMORY = "vmmemWSL"
"""The process under which a running VM's memory shows (src/windows/common/helpers.cpp)."""

PAGE, PAGE_RECORD, KERNEL_KEEPS = 4096, 64, 112 << 20
"""Bytes of a page, of what the kernel keeps on each (``struct page`` of x86-64), and what it keeps besides for itself."""

GIB = 1 << 30
DEFAULT_SWAP = (1 << 64) - 1
"""What stands for the default (src/windows/common/WslCoreConfig.h)."""

HOLDER = "vmwp.exe"
"""The process that has a running VM's disks open, without sharing them."""


def kernel(machine: Machine) -> str:
    """Return what the package's kernel calls itself (tag linux-msft-wsl-… of its repository)."""
    return f"{releases.components(installed(machine))[0].partition('-')[0]}-microsoft-standard-WSL2"


def has_service(machine: Machine, name: str) -> bool:
    """Whether Windows has a service (src/windows/common/helpers.cpp, IsServicePresent)."""
    return machine.registry.exists(rf"{SERVICES_KEY}\{name}")


@dataclass(eq=False, repr=False)
class Vm:
    """A running VM; `config` is what ``.wslconfig`` said when it booted, `uses` counts the starts of distributions in it.

    `swap` is a swap disk at a place of the user's own that this VM made; it goes with it.
    """

    machine: Machine
    config: Config
    disks: dict[str, tuple[Node, Tree]] = field(default_factory=dict)
    uses: int = 0
    process: Process | None = None
    swap: Node | None = None

    @property
    def usable(self) -> int:
        """The bytes of memory that ``/proc/meminfo`` counts: less than the VM has.

        proc(5): "total usable RAM (i.e., physical RAM minus a few reserved bits and the kernel binary code)". How much is kept is
        from knowledge: with 8 GiB about 7.76 GiB are left.
        """
        memory = self.config.memory
        return memory - memory // PAGE * PAGE_RECORD - KERNEL_KEEPS

    @property
    def swapped(self) -> int:
        """The bytes of swap: without a line a quarter of the memory, in whole GiB (src/windows/common/WslCoreConfig.cpp)."""
        told = self.config.values.get("wsl2.swap", DEFAULT_SWAP)
        return int(told) if told != DEFAULT_SWAP else -(-(self.config.memory // 4) // GIB) * GIB

    @property
    def shows(self) -> dict[str, str]:
        """What Linux shows of it, by path: proc(5), sysfs; a swap's first page is its header (mkswap(8))."""
        swap, last = max(0, self.swapped - PAGE) >> 10, self.config.processors - 1
        return {
            "/proc/meminfo": f"MemTotal:       {self.usable >> 10:>8} kB\nSwapTotal:      {swap:>8} kB\n",
            "/proc/version": f"Linux version {kernel(self.machine)} (root@lab) #1 SMP PREEMPT_DYNAMIC\n",
            "/sys/devices/system/cpu/online": f"0-{last}\n" if last else "0\n",
        }

    @classmethod
    def boot(cls, machine: Machine, config: Config, token: Token) -> Vm:
        """Start one.

        Args:
            machine: where.
            config: what ``.wslconfig`` says; the networking mode becomes what the VM got.
            token: whose VM it is, with whose rights its swap disk is made.

        Raises:
            WslError: a file that ``.wslconfig`` names is not there; ``HCS/…`` where the host compute service or the hypervisor is
                missing.

        """
        vm_start.demand_files(machine, config)
        if not has_service(machine, "vmcompute"):
            raise WslError("HCS_E_SERVICE_NOT_AVAILABLE", "HCS")
        vm_start.check_nesting(machine, config)
        if not machine.hypervisor_running:
            raise WslError("HCS_E_HYPERV_NOT_INSTALLED", "HCS")
        swap = vm_start.make_swap(machine, config, token)
        vm_start.choose_network(machine, config)
        return cls(machine, config, process=machine.processes.add(MEMORY, Token(LOCAL_SYSTEM)), swap=swap)

    def attach(self, path: str) -> Tree:
        """Attach a disk and mount it; an attached one stays as it is.

        Raises:
            WslError: ``MountDisk/HCS/…`` where the file is missing or in use, ``WSL_E_DISK_CORRUPTED`` for a broken one.

        """
        if path.lower() in self.disks:
            return self.disks[path.lower()][1]
        try:
            node = self.machine.files.stat(path)
            if node.open_by:
                raise FileError("in_use", path)
            tree = distro_disk.unpack(self.machine.files.read(path))
        except FileError as error:
            raise from_file(error).within("MountDisk", "HCS") from None
        except (distro_disk.DiskError, ValueError):
            raise WslError("WSL_E_DISK_CORRUPTED") from None
        node.open_by = HOLDER
        self.disks[path.lower()] = (node, tree)
        return tree

    def eject(self, path: str) -> None:
        """Write a disk back and let go of it."""
        if path.lower() in self.disks:
            self.flush(path)
            self.disks.pop(path.lower())[0].open_by = ""

    def flush(self, path: str) -> None:
        """Write what was changed to the disk's file, at its cost in free space."""
        node, tree = self.disks[path.lower()]
        if tree.changed:
            content = distro_disk.pack(tree)
            self.machine.files.free_bytes = max(0, self.machine.files.free_bytes + node.size - len(content))
            node.content, node.modified, tree.changed = content, self.machine.clock(), False

    def stop(self) -> None:
        """End it: every disk is written and let go of. Only this does so; a terminated distribution's disk stays attached."""
        for path in list(self.disks):
            self.eject(path)
        if self.swap is not None:
            self.swap.open_by = ""
            self.machine.files.remove(self.swap.path)
        if self.process is not None:
            self.machine.processes.end(self.process)


_WIN32 = {
    "not_found": "ERROR_FILE_NOT_FOUND",
    "no_path": "ERROR_PATH_NOT_FOUND",
    "access_denied": "E_ACCESSDENIED",
    "in_use": "ERROR_SHARING_VIOLATION",
    "file_exists": "ERROR_FILE_EXISTS",
    "disk_full": "ERROR_DISK_FULL",
    "bad_name": "ERROR_INVALID_NAME",
    "exists": "ERROR_ALREADY_EXISTS",
    "not_empty": "ERROR_DIR_NOT_EMPTY",
    "no_folder": "ERROR_DIRECTORY",
}


def from_file(error: FileError) -> WslError:
    """Return the failure that WSL reports for one of the file system (names: src/windows/common/wslutil.cpp)."""
    return WslError(_WIN32.get(error.kind, "E_UNEXPECTED"))
