"""The service's configuration as its clients read it, ``winrm/config`` (recorded in pypsrp's tests of the envelope's size)."""

from __future__ import annotations

from pyinfra_wsl.lab.winrm.settings import Settings
from pyinfra_wsl.lab.winrm.soap import CONFIG, element


def described(settings: Settings) -> str:
    """Return it as XML."""
    quotas = settings.quotas
    auth = "".join(_flag(name, name in settings.schemes) for name in ("Basic", "Kerberos", "Negotiate", "Certificate"))
    operations = _row("MaxConcurrentOperationsPerUser", quotas.MaxConcurrentOperationsPerUser)
    plain = _flag("AllowUnencrypted", settings.allow_unencrypted)
    binding = _row("CbtHardeningLevel", settings.cbt.title())
    names = ("MaxConcurrentUsers", "MaxProcessesPerShell", "MaxMemoryPerShellMB", "MaxShellsPerUser")
    shells = _row("IdleTimeout", int(quotas.IdleTimeout * 1000)) + "".join(_row(name, getattr(quotas, name)) for name in names)
    told = _row("MaxEnvelopeSizekb", quotas.MaxEnvelopeSizekb) + _row("MaxTimeoutms", quotas.MaxTimeoutms)
    service = f"<cfg:Service>{operations}{plain}<cfg:Auth>{auth}</cfg:Auth>{binding}</cfg:Service>"
    return f'<cfg:Config xmlns:cfg="{CONFIG}">{told}{service}<cfg:Winrs>{shells}</cfg:Winrs></cfg:Config>'


def _row(name: str, value: str | int) -> str:
    return element(f"cfg:{name}", value)


def _flag(name: str, value: bool) -> str:
    return _row(name, str(value).lower())
