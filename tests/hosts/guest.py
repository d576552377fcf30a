"""A virtual machine to converge, emulated by QEMU (TCG): its processor has AMD's SVM, so kvm_amd and /dev/kvm are real in it.

TCG emulates SVM and no VMX (QEMU, target/i386/cpu.c, TCG_EXT3_FEATURES), so Intel's half of the KVM rules is not seen here.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from hosts.host import Host, free_port
from hosts.image import Image, image
from hosts.place import store
from hosts.trees import building

MEMORY = "768M"
CPU = {True: "max,+svm", False: "EPYC,-svm"}  # max,-svm of QEMU 7.2 boots a Debian 12 whose systemd-udevd cannot start


class Guest(Host):
    """One virtual machine; it starts from a kept state in seconds, or boots from its disk."""

    def __init__(self, name: str, *, svm: bool = True) -> None:
        """Prepare a virtual machine; svm is whether its processor can virtualize."""
        self._image = image()
        super().__init__(name, free_port(), host_key=self._image.host_key)
        self._svm = svm
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Resume the machine as it was when it first had booted; sshd answers and the clock is right."""
        kept = self._image.folder / ("svm" if self._svm else "plain")
        with building(kept):
            if not kept.exists():
                self._keep(kept)
        self._launch(kept / "disk.qcow2", ["-incoming", f"exec:cat {kept / 'memory'}"])
        self.wait_for_ssh(seconds=240)
        self.out(f"date --set @{time.time():.0f}")

    def _keep(self, kept: Path) -> None:
        """Boot once, and write down disk and memory."""
        self._launch(self._image.disk, [])
        try:
            with Monitor(self.folder / "monitor") as monitor:
                self.wait_for_ssh(until="systemctl is-system-running --wait", seconds=240)
                monitor.ask("migrate", uri=f"exec:cat > {self.folder / 'memory'}")
                while monitor.ask("query-migrate")["status"] != "completed":
                    time.sleep(0.2)
                monitor.ask("quit")
            self._ended()
            partial = kept.with_name(f"{kept.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            for name in ("disk.qcow2", "memory"):
                shutil.move(self.folder / name, partial / name)
            partial.rename(kept)
        finally:
            self.stop()

    def _launch(self, base: Path, extra: list[str]) -> None:
        runs = store() / "runs"
        runs.mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=runs))
        kind = "qcow2" if base.suffix == ".qcow2" else "raw"
        disk = self.folder / "disk.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", kind, disk], check=True)
        self._power_on(extra)

    def _power_on(self, extra: list[str]) -> None:
        command = self._command(self.folder / "disk.qcow2") + extra
        with (self.folder / "console").open("wb") as console:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )

    def _command(self, disk: Path) -> list[str]:
        machine: Image = self._image
        return [
            "qemu-system-x86_64", "-accel", "tcg", "-cpu", CPU[self._svm], "-m", MEMORY, "-smp", "1",
            "-nographic", "-monitor", "none", "-serial", "stdio",
            "-qmp", f"unix:{self.folder / 'monitor'},server=on,wait=off",
            "-kernel", str(machine.kernel), "-initrd", str(machine.initrd),
            "-append", "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet",
            "-drive", f"file={disk},if=virtio,format=qcow2,cache=unsafe",
            "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:22", "-device", "virtio-net-pci,netdev=net",
            "-device", "virtio-rng-pci",
        ]  # fmt: skip

    def reboot(self) -> None:
        """Shut the machine down and boot it from its disk again: the reset of a resumed one hangs in its firmware at times."""
        self.run("systemctl poweroff")
        self.hang_up()
        assert self._process
        self._process.wait(timeout=120)
        (self.folder / "monitor").unlink(missing_ok=True)
        self._power_on([])
        self.wait_for_ssh(until="systemctl is-system-running --wait", seconds=240)

    def console(self) -> str:
        """The end of what the machine said on its serial line."""
        return (self.folder / "console").read_text(errors="replace")[-2000:]

    def alive(self) -> bool:
        """Whether QEMU still runs."""
        return self._process is not None and self._process.poll() is None

    def _ended(self) -> None:
        if self._process:
            self._process.wait(timeout=30)

    def stop(self) -> None:
        """End the machine at once and remove what it wrote."""
        if self._process:
            self.hang_up()
            self._process.kill()
            self._ended()
        shutil.rmtree(self.folder, ignore_errors=True)


class Monitor:
    """QEMU's machine protocol: one JSON object per line (QEMU, docs/interop/qmp-spec)."""

    def __init__(self, path: Path) -> None:
        """Speak to the QEMU that listens on a socket."""
        self._path = path

    def __enter__(self) -> "Monitor":
        """Connect as soon as QEMU listens."""
        deadline = time.monotonic() + 10
        while not self._path.exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"QEMU has not opened {self._path}")
            time.sleep(0.05)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(self._path))
        self._lines = self._socket.makefile("rw")
        self._lines.readline()
        self.ask("qmp_capabilities")
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def ask(self, command: str, **arguments: object) -> Any:
        """Run a command of the protocol and return its answer; events in between are passed over."""
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline())
            if "error" in answer:
                raise RuntimeError(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
