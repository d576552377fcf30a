"""A Linux host to converge: a container with systemd as PID 1, its own sshd on loopback, and a disk that is thrown away."""

import os
import shutil
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from hosts.host import Host, free_port
from hosts.place import store
from hosts.trees import HERE, tree

KVM = os.makedev(10, 232)  # Linux, Documentation/admin-guide/devices.txt

FIREWALL = ("nf_tables", "ip_tables")


class Container(Host):
    """One container of a Debian suite; its kernel is this machine's, everything else its own."""

    def __init__(
        self, name: str, suite: str, *, disk: str = "2G", kvm: bool = False, nested: bool = False, networks: bool = False
    ) -> None:
        """Prepare a host: disk is what it may write in all, kvm gives it a /dev/kvm of its own (root:root 0600).

        In a nested one containers can run; with networks it may furnish those that it makes: its own is this machine's.
        """
        super().__init__(name, free_port(), host_key=tree(suite) / "etc/ssh/ssh_host_ed25519_key.pub")
        self.suite = suite
        self._disk = disk
        self._kvm = kvm
        self._nested = nested
        self._networks = networks
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Boot, and return when sshd answers."""
        runs = store() / "runs"
        runs.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=runs))
        (self.folder / "root").mkdir()
        (self.folder / "sshd.conf").write_text(f"Port {self.port}\nListenAddress 127.0.0.1\n")
        if self._kvm:  # a node of its own: owner and mode belong to the node, and this machine's must stay as they are
            os.mknod(self.folder / "kvm", stat.S_IFCHR | 0o600, KVM)
        with (self.folder / "console").open("wb") as console:
            options = self._nesting() if self._nested else []
            command = [HERE / "nspawn.sh", self.name, tree(self.suite), self.folder, self._disk, *options]
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )
        self.wait_for_ssh()

    def _nesting(self) -> list[str]:
        """Return what nspawn must allow, and show this machine's firewall modules, for which Docker's setup tool looks."""
        modules = source = Path("/lib/modules") / os.uname().release
        if modules.exists():
            subprocess.run(["modprobe", "--all", "--quiet", *FIREWALL], check=False)
        else:  # a kernel without modules has all of it built in, and no list of that
            source = self.folder / "modules"
            source.mkdir()
            (source / "modules.builtin").write_text("".join(f"kernel/net/netfilter/{name}.ko\n" for name in FIREWALL))
        rights = ["--capability=CAP_NET_ADMIN"] if self._networks else []
        return ["--system-call-filter=@keyring", f"--bind-ro={source}:{modules}", *rights]

    def console(self) -> str:
        """The end of what the host said while it booted."""
        return (self.folder / "console").read_text(errors="replace")[-2000:]

    def alive(self) -> bool:
        """Whether the container still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the container at once and remove what it wrote."""
        if self._process:
            self.hang_up()
            self._process.kill()
            self._process.wait()
        record = self.folder / "cgroups"
        for line in record.read_text().splitlines() if record.exists() else []:
            _remove_cgroup(Path(line))
        shutil.rmtree(self.folder)


def _remove_cgroup(top: Path, seconds: float = 10) -> None:
    # The kernel lets go of a control group when the last of its processes has been reaped.
    deadline = time.monotonic() + seconds
    while (top / "cgroup.procs").exists():
        for folder, _, _ in os.walk(top, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes are left in {top}")
        time.sleep(0.02)
