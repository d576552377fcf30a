"""What a laptop's WinRM is like: listeners, schemes, certificate, configurations, quotas, and what shall happen to it.

Defaults are Windows': Microsoft, "Installation and configuration for Windows Remote Management" and "Quota management for remote
shells"; where those are older than Windows 8, the values that recordings of Windows 10 and 11 show (500 kB, two hours).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

Certificate = Literal["valid", "expired", "not-yet-valid", "foreign", "other-name", "changed"]
"""``foreign`` is signed by nobody known, ``changed`` by the lab's authority but made anew at each start of the service."""
Scheme = Literal["Negotiate", "Kerberos", "Basic", "Certificate"]
Action = Literal["Create", "Command", "Receive", "Send", "Signal", "Delete", "Get", "Connect", "Reconnect", "Disconnect", "Any"]
Event = Literal[
    "restart-service", "stop-service", "kill-runspace", "restart-laptop", "sleep", "cut-body", "reset", "busy", "not-found",
    "garbage", "silence", "drop-firewall", "timed-out", "NTLM-off", "new-password", "new-certificate",
]  # fmt: skip
EVENTS: tuple[str, ...] = get_args(Event)
CONFIGURATIONS = {"Microsoft.PowerShell": "administrators", "Microsoft.PowerShell32": "administrators"}
"""Who may open which session configuration on a laptop on which remoting was enabled, and no more."""


class SettingsError(ValueError):
    """A scenario asks for what the lab's WinRM does not have; the text names the key."""


@dataclass
class Quotas:
    """Limits by the names of ``winrm get winrm/config`` and of the shell's plug-in.

    Args:
        MaxEnvelopeSizekb: longest request; a longer one is answered with 413.
        MaxTimeoutms: longest wait of one operation.
        MaxShellsPerUser: shells that one account has at a time.
        MaxConcurrentUsers: accounts that have shells at a time.
        MaxProcessesPerShell: processes of one shell, its own included.
        MaxMemoryPerShellMB: memory of one shell's processes.
        MaxConcurrentOperationsPerUser: operations of one account at a time.
        MaxConcurrentCommandsPerShell: commands or pipelines of a shell that nobody has closed (MS-WSMV 3.1.4.1.34.3.4).
        IdleTimeout: seconds after which a shell that nobody asks for is deleted, unless its client wants another time.
        MaxIdleTimeout: the longest time that a client may want, in seconds.

    """

    MaxEnvelopeSizekb: int = 500
    MaxTimeoutms: int = 60000
    MaxShellsPerUser: int = 30
    MaxConcurrentUsers: int = 10
    MaxProcessesPerShell: int = 25
    MaxMemoryPerShellMB: int = 1024
    MaxConcurrentOperationsPerUser: int = 1500
    MaxConcurrentCommandsPerShell: int = 1000
    IdleTimeout: float = 7200.0
    MaxIdleTimeout: float = 2147483.647


@dataclass(frozen=True)
class Happening:
    """Something that happens when the service is asked for an action for the `number`-th time.

    Args:
        do: what happens.
        action: at which action; ``Any`` counts all.
        number: at which of them, from 1.
        seconds: how long it lasts, in real seconds, where it lasts.

    """

    do: Event
    action: Action = "Any"
    number: int = 1
    seconds: float = 1.0


@dataclass
class Settings:
    """The WinRM of one laptop.

    Args:
        listeners: ``http``, ``https``: for which there is a listener.
        http_port: where it listens; 0 for any port that is free.
        https_port: the same for HTTPS.
        schemes: what the service accepts and offers.
        ntlm: whether Negotiate may fall back to NTLM; without it only Kerberos gets in.
        keytab: a keytab of ``host/…`` for Kerberos, where there is a KDC; it needs the library gssapi. "": Kerberos is offered,
            and refused.
        allow_unencrypted: whether a body may come unsealed over HTTP.
        plain_refusal: the HTTP status of an unsealed body where it may not; reports differ between 500 and 401.
        first_401_closes: whether the connection ends with the first 401, as some recordings show.
        certificate: what is wrong with the certificate of the HTTPS listener, if anything.
        configurations: who may open each session configuration: ``administrators`` or ``nobody``.
        language_mode: ``FullLanguage``, or ``NoLanguage`` as an endpoint of JEA has it.
        remote_uac: whether local administrators have no rights over the network (LocalAccountTokenFilterPolicy is not 1).
        cbt: ``relaxed`` or ``strict``: whether a login over HTTPS must be bound to its certificate.
        pace: real seconds that a second of idle time takes: of a connection, of a shell.
        quotas: its limits.
        happenings: what shall happen to it.

    """

    listeners: list[str] = field(default_factory=lambda: ["http", "https"])
    http_port: int = 0
    https_port: int = 0
    schemes: list[str] = field(default_factory=lambda: ["Negotiate", "Kerberos"])
    ntlm: bool = True
    keytab: str = ""
    allow_unencrypted: bool = False
    plain_refusal: int = 500
    first_401_closes: bool = False
    certificate: Certificate = "valid"
    configurations: dict[str, str] = field(default_factory=lambda: dict(CONFIGURATIONS))
    language_mode: str = "FullLanguage"
    remote_uac: bool = False
    cbt: str = "relaxed"
    pace: float = 1.0
    quotas: Quotas = field(default_factory=Quotas)
    happenings: list[Happening] = field(default_factory=list)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Settings:
        """Return the settings that a scenario file asks for below ``winrm:``; raises SettingsError."""
        values = _checked(cls, told, "winrm")
        if "quotas" in values:
            values["quotas"] = Quotas(**_checked(Quotas, values["quotas"], "winrm.quotas"))
        listed = values.get("happenings", [])
        told_of = [_checked(Happening, one, "winrm.happenings") for one in listed]
        if any("do" not in one for one in told_of):
            raise SettingsError("winrm.happenings: each needs 'do', what happens")
        values["happenings"] = [Happening(**one) for one in told_of]
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        """Raise SettingsError for a word that the lab does not know."""
        _one_of("winrm.certificate", [self.certificate], get_args(Certificate))
        _one_of("winrm.schemes", self.schemes, get_args(Scheme))
        _one_of("winrm.listeners", self.listeners, ("http", "https"))
        _one_of("winrm.configurations", self.configurations.values(), ("administrators", "nobody"))
        _one_of("winrm.language_mode", [self.language_mode], ("FullLanguage", "NoLanguage"))
        _one_of("winrm.cbt", [self.cbt], ("relaxed", "strict"))
        _one_of("winrm.happenings.do", [one.do for one in self.happenings], EVENTS)
        _one_of("winrm.happenings.action", [one.action for one in self.happenings], get_args(Action))


def _checked(kind: type, told: Any, where: str) -> dict[str, Any]:
    """Return the fields of a kind that somebody wrote; raises SettingsError for one that is none, or of another type."""
    if not isinstance(told, Mapping):
        raise SettingsError(f"{where}: write keys and values, such as 'certificate: expired'")
    known = {one.name: str(one.type) for one in fields(kind)}
    for name, value in told.items():
        if name not in known:
            raise SettingsError(f"{where}.{name}: there is no such key; there are {', '.join(sorted(known))}")
        if not _fits(known[name], value):
            raise SettingsError(f"{where}.{name}: {value!r} is no {known[name].partition('[')[0].lower()}")
    return dict(told)


def _fits(kind: str, value: Any) -> bool:
    if kind in ("int", "float"):
        allowed = (int,) if kind == "int" else (int, float)
        return isinstance(value, allowed) and not isinstance(value, bool) and value >= 0
    plain: dict[str, type] = {"bool": bool, "list": list, "dict": dict, "Quotas": dict}
    return isinstance(value, plain.get(kind.partition("[")[0], str))


def _one_of(where: str, told: Any, known: tuple[str, ...]) -> None:
    for one in told:
        if one not in known:
            raise SettingsError(f"{where}: {one!r} is not known; there are {', '.join(known)}")
