"""What requests, urllib3, pyspnego and pypsrp raise, in words of ours with a next step; none of them is imported for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ssl import SSLCertVerificationError

from cryptography.x509 import Certificate

from pyinfra_wsl.connectors.session import ClosedError
from pyinfra_wsl.connectors.winrm import certificate, quotas
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.told import FAULT, NO_FAULT, OTHER_STATUS, SIGNS, STATUS, Said, Stage
from pyinfra_wsl.core.failure import Failure, LostError

_LONGEST = 300
_MOST = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What went wrong.

    Args:
        stage: how far the connection came.
        failure: why, and what to do.
        answered, closed, unsure: as of `Said`.

    """

    stage: Stage
    failure: Failure
    answered: bool = True
    closed: bool = False
    unsure: bool = False


class BrokenError(LostError):
    """A connection failed, and how far it came is known.

    Args:
        told: what went wrong.

    """

    def __init__(self, told: Told) -> None:
        """Keep what went wrong."""
        super().__init__(told.failure.cause, told.failure.remedy, told.failure.code)
        self.told = told


class NobodyError(BrokenError, ClosedError):
    """Nothing listens at the port."""


def broken(told: Told) -> BrokenError:
    """Return what is raised for it."""
    return NobodyError(told) if told.closed else BrokenError(told)


def told(error: BaseException, options: Options, look: Callable[[Options], Certificate | None] = certificate.shown) -> Told:
    """Say what went wrong.

    Args:
        error: whatever was raised.
        options: where.
        look: fetches the certificate that a laptop shows, where that is what went wrong.

    """
    chain = list(_behind(error))
    kinds = {kind.__name__ for one in chain for kind in type(one).__mro__} | _places(error, options)
    if type(error).__name__ == "WinRMTransportError":
        return _status(error, options)
    if type(error).__name__ == "WSManFaultError":
        return _fault(error, options)
    refused = next((one for one in chain if isinstance(one, SSLCertVerificationError)), None)
    if refused is not None:
        return Told("known host", certificate.refused(options, getattr(refused, "verify_code", 0), look(options)))
    text = " ".join(map(_text, chain))[:4000]
    for sign in SIGNS:
        found = re.search(sign.words, text)
        if found and (not sign.kinds or kinds & set(sign.kinds.split())):
            more = {"found": found[1] if found.re.groups else "", "last": _last_words(chain), "kind": type(error).__name__}
            return _say(sign.said, options, **more)
    raise AssertionError("the last sign fits everything")


def _places(error: BaseException, options: Options) -> set[str]:
    """Return what an error without a kind of its own comes of: where it was raised, or what it is about."""
    found, place = set(), error.__traceback__
    while place is not None:
        if str(place.tb_frame.f_globals.get("__name__")).startswith("spnego."):
            found.add("InSpnego")
        place = place.tb_next
    if isinstance(error, KeyError) and str(*error.args[:1]).lower() == options.host.lower():  # pypsrp looks for a host's keys
        found.add("NoKeys")
    return found


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what is behind it: its causes, and what it wraps."""
    found: list[BaseException] = [error]
    for number, one in enumerate(found):  # which grows
        if number == _MOST:
            return
        yield one
        more = [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
        found += [each for each in more if isinstance(each, BaseException) and not any(each is known for known in found)]


def _say(said: Said, options: Options, code: str = "connection", **more: str) -> Told:
    words = {
        "address": options.address,
        "host": options.host,
        "user": f"user {options.user}" if options.user else "whose ticket it is",
        "auth": options.auth,
        "scheme": options.scheme,
        "proxy": options.proxy,
        "ca": options.ca or "the file of trusted certificates",
        "certificate": options.certificate or "",
        "key": options.certificate_key or "",
        "configuration": options.configuration,
        "seconds": options.seconds,
        **more,
    }
    failure = Failure(said.cause.format_map(words), said.remedy.format_map(words), code)
    return Told(said.stage, failure, said.answered, said.closed, said.unsure)


def _status(error: BaseException, options: Options) -> Told:
    code = getattr(error, "code", 0)
    if code == 413:
        return _quota(options, quotas.ENVELOPE)
    return _say(STATUS.get(code, OTHER_STATUS), options, found=str(code)[:10])


def _fault(error: BaseException, options: Options) -> Told:
    code, words = getattr(error, "code", None), " ".join(_text(error).split())
    if quota := quotas.named(code, words):
        return _quota(options, quota)
    if code is None:
        return _say(NO_FAULT, options)
    if isinstance(code, int) and code in FAULT:
        return _say(FAULT[code], options)
    number = f"0x{code & 0xFFFFFFFF:08X}" if isinstance(code, int) else str(code)[:40]
    reason = " ".join(str(getattr(error, "reason", "") or words).split())[:_LONGEST]
    unknown = Failure(f"{options.address}: {reason}", f"look it up there: winrm helpmsg {number}", number)
    return Told("PowerShell", unknown, unsure=True)


def _quota(options: Options, quota: quotas.Quota) -> Told:
    cause = f"{options.address}: {quota.what}, as its quota {quota.name} has it"
    remedy = f"see its value there: {quota.command}; then close what is open, or raise it"
    return Told("PowerShell", Failure(cause, remedy, quota.name))


def _text(error: BaseException) -> str:
    """Return what an error says of itself, which some of them cannot."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - it is made of what a machine said
        return type(error).__name__


def _last_words(chain: list[BaseException]) -> str:
    """Return what the shortest of them says: those around it repeat it."""
    said = [" ".join(_text(one).split()) for one in chain if _text(one)]
    return min(said, key=len)[:_LONGEST] if said else type(chain[0]).__name__
