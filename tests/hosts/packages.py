"""The signed apt repository that serves packages with Docker's names on loopback: Docker's own are not fetched in tests."""

import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hosts.contents import Package

SUITES = ("bullseye", "bookworm", "trixie")


class Repository:
    """An apt repository shaped like download.docker.com/linux: ``<url>/debian`` with its key at ``<url>/debian/gpg``."""

    def __init__(self, folder: Path, packages: Iterable[Package]) -> None:
        """Build packages and indexes below a folder, sign them with a key of their own, and serve them."""
        self.folder = folder
        self._gnupg = folder / "gnupg"
        self.debian = folder / "linux/debian"
        self.key = self.debian / "gpg"
        self.fingerprint = self._make_key()
        for package in packages:
            build(package, self.debian / "pool")
        self._index()
        handler = partial(_Quiet, directory=str(folder / "linux"))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.url_of_guests = f"http://10.0.2.2:{self._server.server_port}"  # this machine in QEMU's user networking

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)  # gpg-agent takes its sockets away meanwhile

    def _gpg(self, *arguments: str | Path) -> bytes:
        command = ["gpg", "--batch", "--quiet", "--homedir", self._gnupg, *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def _make_key(self) -> str:
        self._gnupg.mkdir(mode=0o700)
        self._gpg("--passphrase", "", "--quick-generate-key", "Stand-in for Docker <test@localhost>", "rsa2048", "sign", "never")
        self.debian.mkdir(parents=True)
        self.key.write_bytes(self._gpg("--armor", "--export"))
        rows = self._gpg("--with-colons", "--list-keys").decode().splitlines()
        return next(row.split(":")[9] for row in rows if row.startswith("fpr:"))

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
                f"Origin: Docker\nLabel: Docker CE\nSuite: {suite}\nCodename: {suite}\nComponents: stable\nArchitectures: amd64\n"
                f"SHA256:\n {digest} {len(packages.encode())} stable/binary-amd64/Packages\n"
            )
            _put(dists / "Release", release)
            self._gpg("--clearsign", "--output", dists / "InRelease", dists / "Release")


def build(package: Package, into: Path) -> Path:
    """Build a package's file in a folder, and return it."""
    into.mkdir(parents=True, exist_ok=True)
    release = package.version.rpartition(":")[2].partition("-")[0]
    target = into / f"{package.name}_{release}_amd64.deb"
    with tempfile.TemporaryDirectory(dir=into.parent) as name:
        root = Path(name)
        root.chmod(0o755)
        control = [
            f"Package: {package.name}",
            f"Version: {package.version}",
            "Architecture: amd64",
            "Maintainer: test <test@localhost>",
        ]
        control += [f"Depends: {package.depends}"] if package.depends else []
        _put(root / "DEBIAN/control", "\n".join([*control, f"Description: stands in for {package.name}\n"]))
        for path, text in package.texts.items():
            _put(
                root / path,
                text,
                mode=0o755 if path.startswith("DEBIAN") or not path.endswith((".service", ".socket")) else 0o644,
            )
        for path, source in package.copies.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, root / path)
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, target]
        subprocess.run(command, check=True, capture_output=True)
    return target


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _put(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
