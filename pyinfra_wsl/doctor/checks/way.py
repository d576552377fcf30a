"""The way to a host: what has to be so before anything of it can be seen. What keeps one from going on says `table`."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.windows.user import CMD, POWERSHELL
from pyinfra_wsl.doctor.found import Found, Winrm
from pyinfra_wsl.doctor.line import Line, note, ok

_OTHERS = 0o077
_SHELLS = tuple(path.rpartition("\\")[2] for path in (CMD, POWERSHELL))


def key(found: Found) -> Iterator[Line]:
    """Say which key is used, and whether ssh(1) would take it too."""
    if found.winrm is not None:
        yield _of_winrm(found, found.winrm)
    elif found.key is None:
        means = "a password is declared" if found.password else "the SSH agent and the keys in ~/.ssh are tried"
        yield ok("key", f"no key is declared: {means}")
    elif found.key.mode is not None and found.key.mode & _OTHERS:
        mode = f"{found.key.mode & 0o7777:04o}"
        others = f"the key {found.key.path} can be used, and other accounts of this machine may read it"
        yield note("key", others, f"its mode is {mode}", f"chmod 600 {found.key.path}: ssh(1) refuses it as it is")
    else:
        yield ok("key", f"the key {found.key.path} can be used")


def _of_winrm(found: Found, winrm: Winrm) -> Line:
    """Say with what one logs on over WinRM, and whether others may read it."""
    if found.key is not None and found.key.mode is not None and found.key.mode & _OTHERS:
        return note("key", f"other accounts of this machine may read {found.key.path}", remedy=f"chmod 600 {found.key.path}")
    means = "a certificate" if found.key else "a password" if found.password else "a ticket, as klist shows it"
    return ok("key", f"one logs on over WinRM by {winrm.auth}, with {means}")


def address(found: Found) -> Iterator[Line]:
    """Say where it is."""
    yield ok("address", f"{found.address} is known by name or is an address")


def port(found: Found) -> Iterator[Line]:
    """Say that somebody listens."""
    yield ok("port", f"{'an SSH server' if found.winrm is None else 'WinRM'} answers on {found.address}")


def known_host(found: Found) -> Iterator[Line]:
    """Say whether its key is known."""
    if found.winrm is not None and found.winrm.scheme == "https":
        yield ok("known host", f"the certificate of {found.address} is vouched for", found.winrm.trusted)
    elif found.winrm is not None:
        nobody = f"over http no certificate proves who answers on {found.address}"
        yield note("known host", nobody, "only a logon by Kerberos does", remedy="use scheme https, or auth kerberos")
    elif not found.new_key:
        yield ok("known host", f"the host key of {found.address} is the known one")
    elif found.accepts_new:
        accepted = "would accept it and write it down, since host_keys is accept_new"
        yield note("known host", f"the host key of {found.address} is in no file of known hosts", deploy=accepted)
    else:
        yield note("known host", f"the host key of {found.address} was let in, and is in no file of known hosts that was read")


def logon(found: Found) -> Iterator[Line]:
    """Say as whom one is let in."""
    yield ok("logon", f"{found.address} lets {found.account} in")


def shell(found: Found) -> Iterator[Line]:
    """Say which shell sshd starts: cmd.exe or Windows PowerShell (docs/prepare-laptops.md)."""
    if found.winrm is not None:
        return
    if found.shell is None:
        yield note("shell", r"which shell sshd starts could not be read from HKLM\SOFTWARE\OpenSSH")
        return
    name = found.shell.rpartition("\\")[2] or _SHELLS[0]
    if name.lower() in _SHELLS:
        yield ok("shell", f"sshd starts {name}", found.shell)
    else:
        remedy = r"set DefaultShell in HKLM\SOFTWARE\OpenSSH to cmd.exe or Windows PowerShell"
        yield note("shell", f"sshd starts {name}, which is not supported although the agent answers", found.shell, remedy)


def powershell(found: Found) -> Iterator[Line]:
    """Say which PowerShell runs the agent."""
    if found.hello:
        yield ok("PowerShell", f"PowerShell {found.hello.powershell} starts, with {found.hello.bits} bits")


def language_mode(_found: Found) -> Iterator[Line]:
    """Say that PowerShell is not held to a part of its language: in another mode the agent says so and ends."""
    yield ok("language mode", "PowerShell runs in FullLanguage mode")


def agent(found: Found) -> Iterator[Line]:
    """Say that the agent answers."""
    if found.hello:
        who = f"{found.hello.domain}\\{found.hello.user}"
        yield ok("agent", f"the agent answers as {who} on {found.hello.computer}", f"protocol {found.hello.protocol}")
