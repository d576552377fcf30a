"""The folder ``app`` of enroll's package: Python for Windows, wheels of PyPI, and this program, unpacked beside each other.

    python scripts/pull_package.py --python python-3.13.N-embed-amd64.zip --sha256 … --out package/app

The embeddable package comes from python.org and is given with its SHA-256. Wheels are fetched by ``pip`` as they are pinned in
``pull_package.txt``, or taken from ``--wheels FOLDER``; any other SHA-256 is refused. ``--lock`` writes that file anew.
Nothing of it was started on Windows here.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).with_name("pull_package.txt")
PLATFORM = ["--platform", "win_amd64", "--python-version", "3.13", "--implementation", "cp",
            *(word for abi in ("cp313", "abi3", "none") for word in ("--abi", abi))]  # fmt: skip
# pip asks for what this machine needs: what only Windows does is named beside it, and truststore lets Windows verify servers.
WANTED = ["pyinfra>=3.10,<4", "jinja2>=3.1", "PyYAML>=6", "jsonschema>=4.21", "click>=8.1", "rich>=13", "cryptography>=42",
          "truststore", "colorama", "cffi>=2", "greenlet"]  # fmt: skip
PIN = re.compile(r"(?P<name>\S+)==(?P<version>\S+) --hash=sha256:(?P<digest>[0-9a-f]{64})")
LINK = 0o12  # of Unix' kinds of files, as zip files keep them
LARGEST = 1 << 30  # bytes of everything unpacked


class PackageError(Exception):
    """The package cannot be made; the text says why, and what to do."""


def digest(path):
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pinned(lock=LOCK):
    """Return the digests of the wheels that belong into the package."""
    lines = [line for line in lock.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found = [PIN.fullmatch(line) for line in lines]
    if None in found or not found:
        raise PackageError(f"{lock.name} is no list of wheels. Next: make it anew with --lock")
    return {one["digest"]: f"{one['name']} {one['version']}" for one in found if one}


def fetched(folder):
    """Fetch the pinned wheels into a folder."""
    words = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    subprocess.run([sys.executable, "-m", "pip", *words, *PLATFORM, "-d", folder, "-r", LOCK], check=True)


def lock():
    """Write which wheels belong into the package: the newest that fit."""
    with tempfile.TemporaryDirectory() as name:
        words = ["download", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
        subprocess.run([sys.executable, "-m", "pip", *words, *PLATFORM, "-d", name, *WANTED], check=True)
        wheels = sorted(Path(name).glob("*.whl"), key=lambda one: one.name.lower())
        pins = [f"{_pin(one)} --hash=sha256:{digest(one)}" for one in wheels]
    head = [line for line in LOCK.read_text("utf-8").splitlines() if line.startswith("#")]
    LOCK.write_text("\n".join([*head, "", *pins]) + "\n", "utf-8")


def _pin(wheel):
    name, version = wheel.name.split("-")[:2]
    return f"{name.replace('_', '-').lower()}=={version}"


def unpack(archive, to, rename=lambda path: path):
    """Unpack a zip file: no member leaves the folder, and none is a link."""
    with zipfile.ZipFile(archive) as file:
        members = [one for one in file.infolist() if not one.is_dir()]
        if sum(one.file_size for one in members) > LARGEST:
            raise PackageError(f"{archive.name} is too large unpacked. Next: look where it comes from")
        for one in members:
            path, link = PurePosixPath(one.filename), one.external_attr >> 28 == LINK
            if path.is_absolute() or ".." in path.parts or set("\\:") & set(one.filename) or link:
                raise PackageError(f"{archive.name} holds {one.filename!r}, which leads out of it. Next: fetch it anew")
            if (target := rename(path)) is None:
                continue
            (to / target).parent.mkdir(parents=True, exist_ok=True)
            (to / target).write_bytes(file.read(one))


def of_wheel(path):
    """Return where a member of a wheel belongs: scripts nowhere, and data of purelib and platlib beside the rest."""
    if not path.parts[0].endswith(".data"):
        return path
    return PurePosixPath(*path.parts[2:]) if path.parts[1] in ("purelib", "platlib") else None


def make(python, sha256, wheels, out, own):
    """Put the folder together.

    Args:
        python: the embeddable package.
        sha256: its SHA-256, as python.org tells it.
        wheels: a folder with the pinned wheels.
        out: the folder, which must not be there.
        own: this program's wheel.

    """
    if out.exists():
        raise PackageError(f"{out} is there already. Next: remove it, or name another folder")
    if (found := digest(python)) != sha256.lower():
        raise PackageError(f"{python.name} has the SHA-256 {found}, not {sha256}. Next: fetch it anew")
    wanted, there = pinned(), {digest(one): one for one in sorted(wheels.glob("*.whl"))}
    if missing := [name for one, name in wanted.items() if one not in there]:
        raise PackageError(f"missing, or with another SHA-256: {', '.join(missing)}. Next: fetch them anew")
    unpack(python, out)
    (pth,) = out.glob("python3*._pth")
    pth.write_text(f"{pth.stem}.zip\r\n.\r\nsite\r\n", "ascii", newline="")
    for one in [*(there[key] for key in wanted), own]:
        unpack(one, out / "site", of_wheel)
    files = sorted(one for one in out.rglob("*") if one.is_file())
    listed = "".join(f"{digest(one)}  {one.relative_to(out).as_posix()}\n" for one in files)
    (out / "files.sha256").write_text(listed, "utf-8")
    return len(files), sum(one.stat().st_size for one in files)


def main():
    """Make the folder, or the list of wheels."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, metavar="ZIP", help="the embeddable package of Python 3.13, 64-bit")
    parser.add_argument("--sha256", help="its SHA-256")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="the folder app of enroll's package")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="the pinned wheels, where they are here already")
    parser.add_argument("--lock", action="store_true", help="write the list of wheels anew")
    told = parser.parse_args()
    if told.lock:
        lock()
        return 0
    if not (told.python and told.sha256 and told.out):
        parser.error("give --python, --sha256 and --out")
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if told.wheels is None:
                fetched(folder)
            build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "own"]
            subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
            (own,) = (folder / "own").glob("*.whl")
            count, size = make(told.python, told.sha256, told.wheels or folder, told.out, own)
    except (PackageError, OSError, zipfile.BadZipFile) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[2]} failed with {error.returncode}. Next: look at what it said above", file=sys.stderr)
        return 1
    print(f"{told.out}: {count} files, {size / 2**20:.0f} MiB. It was not started: there is no Windows here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
