"""What package managers share: what is installed, and who holds them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from pyinfra_wsl.core.acts import Shell, refuse
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Part

_HOLDER = r"""apt_holder() {
  for f in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
    i=$(stat -c %i $f 2>/dev/null) || continue
    p=$(awk -v i="$i" '$2 != "->" { n = split($6, a, ":"); if (a[n] == i) { print $5; exit } }' /proc/locks)
    [ -n "$p" ] && { echo "$(cat /proc/$p/comm 2>/dev/null || echo another program) (process $p, $f)"; return 0; }
  done
  return 1
}
"""
"""``apt_holder`` prints who holds one of apt's locks. The kernel lists them in /proc/locks (proc(5)): fuser need not be there."""


def wait_for_apt(seconds: int) -> Shell:
    """Return a script that waits until nobody holds apt, and fails naming the holder when that takes too long.

    Args:
        seconds: how long it waits at most.

    """
    held = Failure(
        f"apt is held by {{said}} since {seconds} seconds", "wait until that program ends, or stop it, then run again", "locked"
    )
    line = (
        f"{_HOLDER}n=0; while h=$(apt_holder); do\n"
        f"  [ $n -ge {seconds} ] && {{ {refuse('held', '$h')}; }}\n"
        '  [ $n -eq 0 ] && echo "apt is held by $h: waiting"\n'
        "  sleep 1; n=$((n+1))\ndone"
    )
    return Shell(line, {"held": held})


def install_file(manager: str, place: str, replaces: str, seconds: int) -> str:
    """Return a script that installs a package's file with what it depends on.

    Args:
        manager: ``apt``, ``dnf`` or ``pacman``.
        place: the file.
        replaces: package to remove first; empty for none.
        seconds: how long apt may be held by others.

    """
    file = shlex.quote(place)
    if manager == "apt":
        options = "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
        lock = f"-o DPkg::Lock::Timeout={seconds}"
        return f"apt-get update && DEBIAN_FRONTEND=noninteractive apt-get -y {options} {lock} install {file}"
    if manager == "dnf":
        return f"{f'dnf remove -y {replaces} && ' if replaces else ''}dnf install -y {file}"
    return f"pacman -U --noconfirm {file}"


def fetch(source: str, sha256: str, place: str) -> Shell:
    """Return a script that downloads a file, goes on where it was cut, and keeps it only with the right SHA-256.

    Args:
        source: an http(s) or file address.
        sha256: 64 hexadecimal digits.
        place: where it lies afterwards.

    """
    part, address, verified = shlex.quote(f"{place}.part"), shlex.quote(source), verify(source, sha256, place)
    line = (
        f"mkdir -p {shlex.quote(place.rpartition('/')[0])} && {{ {_matches(sha256, part)} || {{\n"
        f"  if command -v curl >/dev/null; then curl -fsSL --retry 3 -C - -o {part} {address}\n"
        f"  elif command -v wget >/dev/null; then wget -nv -c -O {part} {address}\n"
        f"  else /usr/lib/apt/apt-helper download-file {address} {part}; fi; }}; }} && {verified.line}"
    )
    return Shell(line, verified.refusals)


def verify(source: str, sha256: str, place: str) -> Shell:
    """Return a script that gives the file ``PLACE.part`` its name if it has the right SHA-256, and else removes it."""
    part = shlex.quote(f"{place}.part")
    other = Failure(
        f"{source} does not have the SHA-256 {sha256}; it was deleted", "correct package.source or package.sha256", "sha256"
    )
    line = f"{{ {_matches(sha256, part)} || {{ rm -f {part}; {refuse('sha256')}; }}; }} && mv -f {part} {shlex.quote(place)}"
    return Shell(line, {"sha256": other})


def _matches(sha256: str, quoted: str) -> str:
    return f'[ "$(sha256sum {quoted} 2>/dev/null | cut -c1-64)" = {sha256} ]'


def ask_installed(names: Iterable[str]) -> str:
    """Return the lines of a look that ask for the installed versions of packages, whatever the package manager."""
    listed = " ".join(dict.fromkeys(names))
    return (
        f"debs() {{ dpkg-query -W -f '${{db:Status-Abbrev}} ${{Package}} ${{Version}}\\n' {listed} 2>/dev/null; true; }}\n"
        f"rpms() {{ rpm -q --qf 'ii %{{NAME}} %{{VERSION}}-%{{RELEASE}}\\n' {listed} 2>/dev/null; true; }}\n"
        f"pacs() {{ pacman -Q {listed} 2>/dev/null | sed 's/^/ii /'; true; }}\n"
        "part debs debs\npart rpms rpms\npart pacs pacs\n"
        # dpkg is asked, since apt-mark tells nothing where apt cannot read its sources.
        "holds() { dpkg-query -W -f '${db:Status-Want} ${Package}\\n' 2>/dev/null | sed -n 's/^hold //p'; }\n"
        "part held holds\npart locked sh -c 'cat /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml'\n"
    )


def installed(found: Mapping[str, Part]) -> dict[str, str]:
    """Return name and version of what `ask_installed` found."""
    rows = (line.split() for name in ("debs", "rpms", "pacs") for line in found.get(name, Part()).lines)
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] in ("ii", "hi")}


def halves(found: Mapping[str, Part]) -> tuple[str, ...]:
    """Return which packages dpkg has begun with and not ended, as after a failed start in their scripts (dpkg-query(1)).

    Args:
        found: sections of a look with `ask_installed`.

    """
    rows = (line.split() for line in found.get("debs", Part()).lines)
    return tuple(row[1] for row in rows if len(row) == 3 and row[0][1:2] in ("U", "F", "H", "W", "t"))


def release(version: str) -> str:
    """Return the upstream part of a package's version: ``5:28.5.1-1~debian.12~bookworm`` is 28.5.1."""
    return version.rpartition(":")[2].partition("-")[0].partition("~")[0]
