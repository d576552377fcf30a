"""A cluster for tests: an authority, certificates of it, and a scheduler and workers as processes of their own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pyinfra_wsl.rollout.cluster.reach import Files

DAY = timedelta(days=1)


class Authority:
    """What signs the certificates of a cluster; files are written into its folder."""

    def __init__(self, folder, name="cluster"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(pem(self._signed(self._name, self._key, 3650 * DAY, ca=True)))

    def files(self, who, lasts=DAY):
        """Return a certificate with its key and the authority's own."""
        key = ec.generate_private_key(ec.SECP256R1())
        paths = self.folder / f"{who}.pem", self.folder / f"{who}.key"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
        paths[0].write_bytes(pem(self._signed(name, key, lasts)))
        paths[1].write_bytes(plain(key))
        return Files(self.ca, *paths)

    def _signed(self, name, key, lasts, *, ca=False):
        begins = datetime.now(UTC) - 10 * DAY
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins)
        builder = builder.not_valid_after(datetime.now(UTC) + lasts)
        return builder.add_extension(x509.BasicConstraints(ca, None), critical=True).sign(self._key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def plain(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def command(kind, files, *words):
    """Return the command line of a part of a cluster, as its people type it."""
    tls = ["--tls-ca-file", files.ca, "--tls-cert", files.certificate, "--tls-key", files.key]
    return [str(word) for word in (Path(sys.executable).parent / "dask", kind, *words, *tls)]


class Part:
    """A process of a cluster, with all that it says in a file."""

    def __init__(self, words, log, before=(), **environment):
        self.log = log
        self._file = log.open("wb")
        self.process = subprocess.Popen(
            [*before, *words],
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
            start_new_session=True,
        )

    def said(self, word, seconds=120):
        """Wait until it says a word; return the line."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log.read_text("utf-8", "replace").splitlines():
                if word in line:
                    return line
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"it did not say {word} within {seconds} s: {self.log.read_text()}")

    def kill(self):
        """End it with all that it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._file.close()


class Cluster:
    """A scheduler with TLS and its workers, each without a nanny."""

    def __init__(self, folder):
        self.folder, self.authority = folder, Authority(folder / "certificates")
        self.files, self.parts = self.authority.files("control"), []
        self._numbers = iter(range(1000))

    def begin(self, *words, host="127.0.0.1", before=(), **environment):
        """Start the scheduler."""
        words = ("--protocol", "tls", "--host", host, "--port", "0", "--dashboard-address", f"{host}:0", *words)
        self.scheduler = self._part("scheduler", words, before, environment)
        self.address = self._said(self.scheduler, "Scheduler at:").split()[-1]
        return self

    def worker(self, *words, before=(), **environment):
        """Start a worker, and wait until it is registered."""
        spill = self.folder / "spill"
        words = (self.address, "--no-nanny", "--nthreads", "2", "--local-directory", spill, "--no-dashboard", *words)
        part = self._part("worker", words, before, environment)
        self._said(part, "Registered to:")
        return part

    def _said(self, part, word):
        """Wait until a part says a word; where it does not, nothing stays behind."""
        try:
            return part.said(word)
        except BaseException:
            self.end()
            raise

    def _part(self, kind, words, before, environment):
        log = self.folder / f"{kind}-{next(self._numbers)}.log"
        part = Part(command(kind, self.authority.files(kind), *words), log, before, **environment)
        self.parts.append(part)
        return part

    def end(self):
        for part in self.parts:
            part.kill()
