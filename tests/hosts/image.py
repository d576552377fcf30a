"""A Debian 12 image for a virtual machine: built without loop mounts, booted once, kept as it was then."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hosts.place import key, recipe, store
from hosts.trees import HERE, MIRROR, building

SUITE = "bookworm"
SIZE = 3 << 30  # bytes; the file is sparse
PACKAGES = [
    "systemd", "systemd-sysv", "dbus", "udev", "kmod", "procps", "iproute2",
    "openssh-server", "sudo", "ca-certificates", "initramfs-tools", "linux-image-cloud-amd64",
    "qemu-system-x86", "msr-tools", "libvirt-daemon", "dnsmasq-base", "iptables", "polkitd", "logrotate", "acl",
]  # fmt: skip
"""The last line: what is installed here in seconds, in the emulated machine in minutes; cpu-checker and libvirt a run brings."""
SMALL_INITRD = (  # emulated, a large one takes seconds to unpack
    'mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"'
    ' && echo MODULES=list > "$1/etc/initramfs-tools/conf.d/test-host"'
    " && printf 'virtio_pci\\nvirtio_blk\\next4\\n' > \"$1/usr/share/initramfs-tools/modules.d/test-host\""
)


@dataclass(frozen=True)
class Image:
    """What QEMU boots: kernel, initrd, and a raw ext4 disk that nobody writes to; host_key is its sshd's."""

    folder: Path

    @property
    def kernel(self) -> Path:
        """The kernel."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """The initial RAM disk."""
        return self.folder / "initrd.img"

    @property
    def disk(self) -> Path:
        """The root file system."""
        return self.folder / "root.ext4"

    @property
    def host_key(self) -> Path:
        """The public key that its sshd shows."""
        return self.folder / "host_key.pub"


def image() -> Image:
    """The image, built when there is none of the present recipe."""
    hooks = [(HERE / name).read_text() for name in ("furnish.sh", "furnish_guest.sh")]
    path = store() / f"guest-{recipe([SUITE, MIRROR, *PACKAGES, SMALL_INITRD, *hooks, key().with_suffix('.pub').read_text()])}"
    with building(path):
        if not path.exists():
            _build(path)
    return Image(path)


def _build(path: Path) -> None:
    partial = path.with_name(f"{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    root = partial / "root"
    log = path.with_name(f"{path.name}.log")
    hooks = [f'--customize-hook={HERE / name} "$1"' for name in ("furnish.sh", "furnish_guest.sh")]
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "--skip=cleanup/apt/lists",
               f"--setup-hook={SMALL_INITRD}", *hooks, SUITE, root, MIRROR]  # fmt: skip
    with log.open("wb") as output:
        built = subprocess.run(command, stdout=output, stderr=output, env=os.environ | {"LOGIN_KEY": f"{key()}.pub"}, check=False)
    if built.returncode:
        raise RuntimeError(f"no image for the virtual machine; mmdebstrap's own words are in {log}")
    shutil.copy(next(root.glob("boot/vmlinuz-*")), partial / "vmlinuz")
    shutil.copy(next(root.glob("boot/initrd.img-*")), partial / "initrd.img")
    shutil.copy(root / "etc/ssh/ssh_host_ed25519_key.pub", partial / "host_key.pub")
    with (partial / "root.ext4").open("wb") as disk:
        disk.truncate(SIZE)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=1", "-d", root, partial / "root.ext4"], check=True)
    shutil.rmtree(root)
    partial.rename(path)
