"""What goes wrong on the way to WinRM, as a table: how it is recognised, and what a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["key", "address", "port", "known host", "logon", "PowerShell"]
"""What a connection needs, in the order in which it is tried; ``known host`` is the certificate."""

GUIDE = "docs/connect.md"
GONE, TIMED_OUT = 0x8033805B, 0x80338029
"""The session, or the pipeline, is not there any more; nothing came in the time of the operation."""
AGAIN = "run again, what was done is kept"

_ON = "turn the laptop on, then run again"
_WHERE = "look at address, port and scheme in the fleet file"
_AUTH = "winrm get winrm/config/service/auth"
_TICKET = "get a ticket with kinit before the run, or say with password_from where the password comes from"
_TLS_FILES = "look at both files; password_from says where the key's password comes from"


@dataclass(frozen=True, slots=True)
class Said:
    """What a person is told; ``{address}`` and other words in braces stand for what is known of the connection.

    Args:
        stage: how far the connection came.
        cause, remedy: as of `Failure`.
        answered: whether somebody answered, whatever they said; else the laptop counts as offline.
        closed: whether nothing listens at the port.
        unsure: whether it may have been done what was asked, or the session may live on without us.

    """

    stage: Stage
    cause: str
    remedy: str
    answered: bool = True
    closed: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """How an error is recognised: by the kind of anything behind it, by words in its text, or both; and what it means.

    Args:
        kinds: names of classes, blank between them, of which one is enough; empty for any. ``InSpnego`` is whatever was raised
            there, ``NoKeys`` that pypsrp finds none.
        words: a regular expression; what its first group finds is ``{found}``. Empty for any text.
        said: what a person is told.

    """

    kinds: str
    words: str
    said: Said


STATUS: dict[int, Said] = {
    400: Said("logon", "{address} cannot read what it was sent: its keys are not ours any more", AGAIN),
    401: Said("logon", "{address} refuses the logon", f"see {GUIDE}"),
    403: Said("logon", "{address} lets nobody in from here", "look for a filter of addresses in the policy of WinRM"),
    404: Said("port", "what answers on {address} has no WinRM: it starts, or is another server", _WHERE),
    405: Said("port", "what answers on {address} is no WinRM", _WHERE),
    411: Said("port", "what answers on {address} is no WinRM", _WHERE),
    500: Said(
        "PowerShell", "{address} refuses the request without a reason", f"see {GUIDE}: it may not take such messages", unsure=True
    ),
    502: Said("port", "the proxy before {address} does not reach it", _ON, unsure=True),
    503: Said("port", "WinRM on {address} starts or stops", "wait a minute, then run again", unsure=True),
}
"""What an HTTP status without a fault means."""
OTHER_STATUS = Said("port", "{address} answers with HTTP status {found}, as WinRM does not", _WHERE, unsure=True)

FAULT: dict[int, Said] = {
    5: Said(
        "logon",
        "{address} lets {user} in and opens no session for them: access is denied",
        f"log on as an administrator of the laptop; a local one may be kept out by policy, see {GUIDE}",
    ),
    170: Said("PowerShell", "{address} is still at work on what it was sent before", AGAIN, unsure=True),
    995: Said("PowerShell", "WinRM on {address} was stopped or restarted", AGAIN, unsure=True),
    1115: Said("PowerShell", "Windows on {address} shuts down", _ON, unsure=True),
    1326: Said("logon", "{address} refuses {user}", "check the password"),
    0x8033803B: Said(
        "PowerShell", "{address} has no endpoint {configuration}", "name one that winrm enumerate winrm/config/plugin shows"
    ),
    GONE: Said("PowerShell", "the session on {address} is gone: Windows or WinRM was restarted, or somebody ended it", AGAIN),
    TIMED_OUT: Said("PowerShell", "{address} did not do it in its time", AGAIN, unsure=True),
    0x803381DD: Said(
        "PowerShell", "a policy of {address} allows no remote shell", "look at AllowRemoteShellAccess in its policies"
    ),
    0x803381E3: Said("PowerShell", "the endpoint {configuration} of {address} takes nobody from the network", f"see {GUIDE}"),
    2147943418: Said("PowerShell", "the profile of {user} on {address} was unloaded under the session", AGAIN, unsure=True),
}
"""What a fault means, by its number (wsmerror.h, winerror.h)."""
NO_FAULT = Said("port", "what answers on {address} is no WinRM", _WHERE)

SIGNS: tuple[Sign, ...] = (
    Sign(
        "AuthenticationError",
        r"did not respon\w* with .* - actual: '(.{0,200}?)'",
        Said("logon", "{address} offers no logon by {auth}, but '{found}'", f"enable it there ({_AUTH}), or name another"),
    ),
    Sign(
        "AuthenticationError",
        "",
        Said("logon", "{address} refuses {user}", f"check the password; who may log on over the network, says {GUIDE}"),
    ),
    Sign(
        "ValueError",
        r"responded with the auth protocol '(.{0,40}?)'",
        Said("logon", "{address} offers a logon by {found}, not by {auth}", f"name it with auth, or enable the other: {_AUTH}"),
    ),
    Sign(
        "ImportError",
        "",
        Said("logon", "a logon by {auth} needs what is not installed here", "pip install 'pyinfra-wsl[psrp-kerberos]'"),
    ),
    Sign(
        "",
        r"[Cc]lock skew",
        Said("logon", "the clocks here, on {address} and of the domain are too far apart", "set them: Kerberos allows 300 s"),
    ),
    Sign(
        "",
        r"Server not found in Kerberos database",
        Said("logon", "the domain knows no service on {host}", "write the laptop's full name as its address"),
    ),
    Sign(
        "BadMechanismError NoCredentialError NoContextError OperationNotAvailableError CredentialsExpiredError",
        "",
        Said("logon", "there is neither a ticket nor a password with which to log on to {address}", _TICKET),
    ),
    Sign("BadMICError", "", Said("PowerShell", "what {address} says is not encrypted with our keys", AGAIN, unsure=True)),
    Sign(
        "SpnegoError GSSError InSpnego",
        "",
        Said("logon", "the logon to {address} by {auth} failed ({last})", f"name another with auth; see {GUIDE}"),
    ),
    Sign(
        "NoKeys",
        "",
        Said("logon", "{address} asks for no logon, so that there are no keys with which to encrypt", "use scheme https"),
    ),
    Sign(
        "ProxyError",
        "",
        Said(
            "port",
            "the proxy {proxy} does not lead to {address}",
            "look at proxy in the fleet file; one that asks for a password is not served",
            answered=False,
        ),
    ),
    Sign(
        "NameResolutionError gaierror",
        "",
        Said("address", "the name {address} is unknown", "check the address in the fleet file", answered=False),
    ),
    Sign(
        "ConnectionRefusedError",
        "",
        Said("port", "no WinRM on {address}", f"turn the laptop on, or see {GUIDE}", answered=False, closed=True),
    ),
    Sign(
        "",
        r"Connection refused",
        Said("port", "no WinRM on {address}", f"turn the laptop on, or see {GUIDE}", answered=False, closed=True),
    ),
    Sign(
        "ConnectTimeout ConnectTimeoutError",
        "timed out",
        Said("port", "no answer on {address} in {seconds} s", _ON, answered=False),
    ),
    Sign(
        "NewConnectionError",
        "",
        Said("port", "no way to {address}: {last}", f"turn the laptop on, or see {GUIDE}", answered=False),
    ),
    Sign(
        "ReadTimeout ReadTimeoutError Late",
        "",
        Said(
            "port",
            "{address} does not answer any more",
            "look whether it sleeps, and whether it speaks {scheme} at this port",
            answered=False,
            unsure=True,
        ),
    ),
    Sign("TooManyRedirects", "", Said("port", "what answers on {address} is no WinRM: it leads elsewhere", _WHERE)),
    Sign(
        "TooLarge",
        "",
        Said("PowerShell", "{address} answers with more than a message may hold", "run again with --debug", unsure=True),
    ),
    Sign(
        "SSLError",
        r"(?i)alert.{0,40}(?:certificate|unknown.ca|access.denied)",
        Said("logon", "{address} does not take the certificate {certificate}", f"map it to an account there, see {GUIDE}"),
    ),
    Sign(
        "SSLError",
        r"(?i)\bPEM\b|values.mismatch|bad.decrypt",
        Said("key", "{certificate} and {key} are no certificate with its key, or the key's password is wrong", _TLS_FILES),
    ),
    Sign("SSLError", "", Said("port", "what answers on {address} speaks no TLS that can be used ({last})", _WHERE)),
    Sign(
        "ChunkedEncodingError IncompleteRead ProtocolError ConnectionError ContentDecodingError",
        "",
        Said("port", "the connection with {address} broke off", AGAIN, unsure=True),
    ),
    Sign(
        "OSError",
        r"CA certificate bundle|invalid path",
        Said("key", "{ca} is no file of certificates", "write one in PEM form, and name it with ca"),
    ),
    Sign(
        "OSError",
        "",
        Said("port", "no connection with {address}: {last}", f"turn the laptop on, or see {GUIDE}", answered=False, unsure=True),
    ),
    Sign(
        "",
        "",
        Said(
            "PowerShell",
            "what answers on {address} does not speak as WinRM does ({kind})",
            "run again with --debug, which shows where it was read",
            unsure=True,
        ),
    ),
)
"""All else, in the order in which it is looked for; the last is whatever nobody thought of."""
