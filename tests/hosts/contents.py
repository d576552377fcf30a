"""What Docker's packages hold on the test hosts: stand-ins, or Debian's own Docker Engine under Docker's names.

The stand-ins have the names, dependencies, units, group and files of Docker's; their daemon reads, checks and reloads daemon.json
and listens on its socket, and runs no containers. Debian's engine is the real thing, for daemons without root; the system's
daemon stays a stand-in there too, because containers share the network of the machine that runs the tests; not in the virtual
machine, which has its own, and not where its unit gives it one.
"""

from dataclasses import dataclass, field
from pathlib import Path

from hosts.engine import engine
from hosts.trees import HERE

VERSIONS = ("28.5.0", "28.5.1")
_SERVICE = "[Unit]\nDescription={what}\n[Service]\n{start}\nExecReload=/bin/kill -HUP $MAINPID\n[Install]\nWantedBy={target}\n"
_SOCKET = "[Socket]\nListenStream=/run/docker-start.sock\n[Install]\nWantedBy=sockets.target\n"
_STARTED = "[ -d /run/systemd/system ] || exit 0\nsystemctl daemon-reload\nsystemctl enable --now {units} || true\n"
_STOPPED = "[ -d /run/systemd/system ] || exit 0\nsystemctl disable --now {units} || true\n"

# A host that has /run/cut-the-line loses all SSH connections once, in the middle of docker-ce's installation.
_CUT = "[ ! -e /run/cut-the-line ] || { rm /run/cut-the-line; pkill -KILL -f '^sshd(-session)?: (root|ops)'; sleep 2; }\n"


@dataclass(frozen=True)
class Package:
    """A package: what stands in its files, or from where they are copied."""

    name: str
    version: str
    depends: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    copies: dict[str, Path] = field(default_factory=dict)


def stand_ins() -> list[Package]:
    """Return stand-ins for the engine's packages, in two versions."""
    return [package for version in VERSIONS for package in _stand_ins(version)]


def desktop(version: str) -> Package:
    """Return a stand-in for Docker Desktop."""
    texts = {
        "usr/lib/systemd/user/docker-desktop.service": _service(
            "Docker Desktop", "/bin/sleep infinity", "graphical-session.target"
        ),
        "opt/docker-desktop/bin/docker-desktop": "#!/bin/sh\nexec sleep infinity\n",
        "DEBIAN/postinst": "#!/bin/sh\nset -e\nln -sf /opt/docker-desktop/bin/com.docker.cli /usr/local/bin/com.docker.cli\n",
    }
    return Package("docker-desktop", version, "docker-ce-cli, qemu-system-x86 (>= 5.2.0), pass", texts)


def real(suite: str, *, system: bool = False, apart: bool = False) -> list[Package]:
    """Return Debian's engine of a suite in packages that have Docker's names, rootless mode's among them.

    Args:
        suite: of Debian.
        system: whether the system's daemon is real too, for a host that has a network of its own.
        apart: whether the unit gives that daemon a network of its own, for a host that has none.

    """
    found = engine(suite)
    version, needs = found.version, "containerd.io, docker-ce-cli, iptables, libdevmapper1.02.1, libsystemd0"
    if system:
        service = found.unit("docker.service")
        if apart:
            service = service.replace("ExecStart=/usr/bin/dockerd", "ExecStart=/usr/bin/unshare --net /usr/bin/dockerd")
        daemon = _engine_texts(service, found.unit("docker.socket"))
        containerd = _containerd_texts(found.unit("containerd.service"))
    else:
        place, needs = "usr/sbin/dockerd", f"{needs}, python3"
        daemon = _engine_texts(_dockerd(f"/{place}")) | {place: _stand_in("dockerd", version)}
        containerd = _containerd_texts()
    runtime = found.files("containerd", "containerd-shim-runc-v2", "ctr", "runc")
    mode = found.files("rootlesskit", "rootlesskit-docker-proxy", "dockerd-rootless.sh", "dockerd-rootless-setuptool.sh")
    return [
        Package("docker-ce", f"5:{version}-1~test", needs, daemon, found.files("dockerd", "docker-proxy", "docker-init")),
        Package("docker-ce-cli", f"5:{version}-1~test", "", {}, found.files("docker")),
        Package("docker-ce-rootless-extras", f"5:{version}-1~test", "dbus-user-session", {}, mode),
        Package("containerd.io", f"{version}-1~test", "libseccomp2", containerd, runtime),
        *_plugins(version),
    ]


def _engine_texts(service: str, socket: str = "") -> dict[str, str]:
    units = "docker.socket docker.service"
    group = "getent group docker >/dev/null || groupadd --system docker\n"
    return {
        "lib/systemd/system/docker.service": service,
        "lib/systemd/system/docker.socket": socket or _SOCKET,
        "DEBIAN/postinst": "#!/bin/sh\nset -e\n" + group + _CUT + _STARTED.format(units=units),
        "DEBIAN/prerm": '#!/bin/sh\n[ "$1" = remove ] || exit 0\n' + _STOPPED.format(units=units),
    }


def _containerd_texts(service: str = "") -> dict[str, str]:
    idle = _service("containerd container runtime", "/bin/sleep infinity", "multi-user.target")
    return {
        "lib/systemd/system/containerd.service": service or idle,
        "DEBIAN/postinst": "#!/bin/sh\nset -e\n" + _STARTED.format(units="containerd.service"),
        "DEBIAN/prerm": '#!/bin/sh\n[ "$1" = remove ] || exit 0\n' + _STOPPED.format(units="containerd.service"),
    }


def _dockerd(program: str) -> str:
    return _service("Docker Application Container Engine", program, "multi-user.target")


def _stand_ins(version: str) -> list[Package]:
    daemon = {"usr/bin/dockerd": _stand_in("dockerd", version)}
    return [
        Package(
            "docker-ce",
            f"5:{version}-1~test",
            "containerd.io, docker-ce-cli, python3",
            _engine_texts(_dockerd("/usr/bin/dockerd")) | daemon,
        ),
        Package("docker-ce-cli", f"5:{version}-1~test", "", {"usr/bin/docker": _stand_in("docker", version)}),
        Package("containerd.io", f"{version}-1~test", "", _containerd_texts()),
        *_plugins(version),
    ]


def _plugins(version: str) -> list[Package]:
    plugins = "usr/libexec/docker/cli-plugins"
    return [
        Package(f"docker-{name}-plugin", f"{version}-1~test", "", {f"{plugins}/docker-{name}": "#!/bin/sh\n"})
        for name in ("buildx", "compose")
    ]


def _service(what: str, start: str, target: str) -> str:
    return _SERVICE.format(what=what, start=f"ExecStart={start}", target=target)


def _stand_in(name: str, version: str) -> str:
    return (HERE / "stand_ins" / name).read_text().replace("@VERSION@", version)
