"""Stand-ins for Docker's packages, and the signed apt repository that serves them on loopback.

Docker's own packages are not fetched in tests. The stand-ins have their names, dependencies, units, group and files;
their daemon reads, checks and reloads daemon.json and listens on its socket, and runs no containers.
"""

import hashlib
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from beds.trees import HERE

VERSIONS = ("28.5.0", "28.5.1")
SUITES = ("bullseye", "bookworm", "trixie")
_SERVICE = "[Unit]\nDescription={what}\n[Service]\n{start}\nExecReload=/bin/kill -HUP $MAINPID\n[Install]\nWantedBy={target}\n"
_STARTED = "[ -d /run/systemd/system ] || exit 0\nsystemctl daemon-reload\nsystemctl enable --now {units}\n"
_STOPPED = "[ -d /run/systemd/system ] || exit 0\nsystemctl disable --now {units} || true\n"


class Repository:
    """An apt repository shaped like download.docker.com/linux: ``<url>/debian`` with its key at ``<url>/debian/gpg``."""

    def __init__(self, folder: Path) -> None:
        """Build packages and indexes below a folder, sign them with a key of their own, and serve them."""
        self.folder = folder
        self._gnupg = folder / "gnupg"
        self.debian = folder / "linux/debian"
        self.fingerprint = self._make_key()
        for version in VERSIONS:
            for name in ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin"):
                self._build(name, version)
        self.desktop = self._build("docker-desktop", "4.50.0", folder / "linux")
        self._index()
        handler = partial(_Quiet, directory=str(folder / "linux"))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _gpg(self, *arguments: str | Path) -> bytes:
        command = ["gpg", "--batch", "--quiet", "--homedir", self._gnupg, *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def _make_key(self) -> str:
        self._gnupg.mkdir(mode=0o700)
        self._gpg("--passphrase", "", "--quick-generate-key", "Stand-in for Docker <bed@localhost>", "rsa2048", "sign", "never")
        self.debian.mkdir(parents=True)
        (self.debian / "gpg").write_bytes(self._gpg("--armor", "--export"))
        rows = self._gpg("--with-colons", "--list-keys").decode().splitlines()
        return next(row.split(":")[9] for row in rows if row.startswith("fpr:"))

    def _build(self, name: str, version: str, into: Path | None = None) -> Path:
        root = self.folder / "build"
        epoch = "5:" if name.startswith("docker-ce") else ""
        full = version if name == "docker-desktop" else f"{epoch}{version}-1~bed"
        control = [f"Package: {name}", f"Version: {full}", "Architecture: amd64", "Maintainer: bed <bed@localhost>"]
        control += [f"Depends: {_DEPENDS[name]}"] if name in _DEPENDS else []
        _put(root / "DEBIAN/control", "\n".join([*control, f"Description: stands in for {name}\n"]))
        for path, text in _FILES[name].items():
            _put(root / path, text.replace("@VERSION@", version), mode=0o755 if "bin/" in path or "DEBIAN" in path else 0o644)
        target = (into or self.debian / "pool") / f"{name}_{version}_amd64.deb"
        target.parent.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", root, target], check=True, capture_output=True)
        shutil.rmtree(root)
        return target

    def _index(self) -> None:
        stanzas = []
        for path in sorted((self.debian / "pool").iterdir()):
            control = subprocess.run(["dpkg-deb", "--field", path], check=True, capture_output=True, text=True).stdout.strip()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            stanzas.append(f"{control}\nFilename: pool/{path.name}\nSize: {path.stat().st_size}\nSHA256: {digest}\n")
        packages = "\n".join(stanzas)
        for suite in SUITES:
            dists = self.debian / "dists" / suite
            _put(dists / "stable/binary-amd64/Packages", packages)
            digest = hashlib.sha256(packages.encode()).hexdigest()
            release = (
                f"Suite: {suite}\nCodename: {suite}\nComponents: stable\nArchitectures: amd64\n"
                f"SHA256:\n {digest} {len(packages.encode())} stable/binary-amd64/Packages\n"
            )
            _put(dists / "Release", release)
            self._gpg("--clearsign", "--output", dists / "InRelease", dists / "Release")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _put(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _stand_in(name: str) -> str:
    return (HERE / "stand_ins" / name).read_text()


# A host that has /run/cut-the-line loses all SSH connections once, in the middle of docker-ce's installation.
_CUT = "[ ! -e /run/cut-the-line ] || { rm /run/cut-the-line; pkill -KILL -f '^sshd(-session)?: (root|ops)'; sleep 2; }\n"
_DEPENDS = {
    "docker-ce": "containerd.io, docker-ce-cli, python3",
    "docker-desktop": "docker-ce-cli, qemu-system-x86 (>= 5.2.0), pass",
}
_FILES: dict[str, dict[str, str]] = {
    "docker-ce": {
        "usr/bin/dockerd": _stand_in("dockerd"),
        "lib/systemd/system/docker.service": _SERVICE.format(
            what="Docker Application Container Engine", start="ExecStart=/usr/bin/dockerd", target="multi-user.target"
        ),
        "lib/systemd/system/docker.socket": "[Socket]\nListenStream=/run/docker-start.sock\n[Install]\nWantedBy=sockets.target\n",
        "DEBIAN/postinst": f"#!/bin/sh\nset -e\ngetent group docker >/dev/null || groupadd --system docker\n{_CUT}"
        + _STARTED.format(units="docker.socket docker.service"),
        "DEBIAN/prerm": "#!/bin/sh\n[ \"$1\" = remove ] || exit 0\n" + _STOPPED.format(units="docker.socket docker.service"),
    },
    "docker-ce-cli": {"usr/bin/docker": _stand_in("docker")},
    "containerd.io": {
        "lib/systemd/system/containerd.service": _SERVICE.format(
            what="containerd container runtime", start="ExecStart=/bin/sleep infinity", target="multi-user.target"
        ),
        "DEBIAN/postinst": "#!/bin/sh\nset -e\n" + _STARTED.format(units="containerd.service"),
        "DEBIAN/prerm": "#!/bin/sh\n[ \"$1\" = remove ] || exit 0\n" + _STOPPED.format(units="containerd.service"),
    },
    "docker-buildx-plugin": {"usr/libexec/docker/cli-plugins/docker-buildx": "#!/bin/sh\n"},
    "docker-compose-plugin": {"usr/libexec/docker/cli-plugins/docker-compose": "#!/bin/sh\n"},
    "docker-desktop": {
        "usr/lib/systemd/user/docker-desktop.service": _SERVICE.format(
            what="Docker Desktop", start="ExecStart=/bin/sleep infinity", target="graphical-session.target"
        ),
        "opt/docker-desktop/bin/docker-desktop": "#!/bin/sh\nexec sleep infinity\n",
        "DEBIAN/postinst": "#!/bin/sh\nset -e\nln -sf /opt/docker-desktop/bin/com.docker.cli /usr/local/bin/com.docker.cli\n",
    },
}  # fmt: skip
