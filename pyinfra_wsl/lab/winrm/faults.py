"""What the service refuses, in the two forms in which Windows says so.

Codes and texts: the SDK's wsmerror.h, by way of dahall/Vanara's ``wsmerror.cs``; form A as in the recordings of real servers in
pypsrp's tests, form B (quotas) as in WinRb's and pywinrm's stubs and pypsrp issue 148.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from pyinfra_wsl.lab.winrm import soap

ACTION = f"{soap.WSMAN}/fault"
_DETAIL = f"{soap.WSMAN}/faultDetail"
_WSMANFAULT = 'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"'
_WMI = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
TIMED_OUT = "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  "
SELECTORS = (
    "The WS-Management service cannot process the request because the request contained invalid selectors for the resource. "
)
NO_COMMAND = (
    "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist. "
    "Either the command has completed execution or the client specified an invalid command identifier. "
)
HEADERS = "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers. "
SERVICE = "The WS-Management service cannot process the request. "


class Fault(Exception):  # noqa: N818 - it is called so
    """Form A: a WSManFault.

    Args:
        code: the Win32 error or the HRESULT, as a number without sign.
        subcode: with its prefix, ``w:TimedOut``.
        text: what it says.
        blames: ``Sender`` or ``Receiver``.
        reason: the text above, where that is another one.
        detail: the last word of the fault's detail, ``UnexpectedSelectors``.
        provider: the plug-in that refuses, and its file, where it is named.
        nested: whether the plug-in says so in a fault of its own.

    """

    def __init__(
        self, code: int, subcode: str, text: str, *, blames: str = "Receiver", reason: str = "", detail: str = "",
        provider: tuple[str, str] | None = None, nested: bool = False,
    ) -> None:  # fmt: skip
        """Keep the fields."""
        super().__init__(text)
        self.code, self.subcode, self.text, self.blames = code, subcode, text, blames
        self.reason, self.detail, self.provider, self.nested = reason or text, detail, provider, nested

    def xml(self, machine: str) -> str:
        """Return the body."""
        said = escape(self.text)
        if self.nested:
            said = self._fault(machine, f"<f:Message>{said}</f:Message>")
        if self.provider is not None:
            name, path = map(quoteattr, self.provider)
            said = f"<f:ProviderFault provider={name} path={path}>{said}</f:ProviderFault>"
        detail = f"<w:FaultDetail>{_DETAIL}/{self.detail}</w:FaultDetail>" if self.detail else ""
        return _fault(self.blames, self.subcode, self.reason, detail + self._fault(machine, f"<f:Message>{said}</f:Message>"))

    def _fault(self, machine: str, message: str) -> str:
        return f'<f:WSManFault {_WSMANFAULT} Code="{self.code}" Machine={quoteattr(machine)}>{message}</f:WSManFault>'


class QuotaFault(Fault):
    """Form B: an MSFT_WmiError instead of a WSManFault."""

    def xml(self, machine: str) -> str:  # noqa: ARG002 - it names no machine
        """Return the body."""
        text = escape(self.text)
        rows = {
            "CIMStatusCode": 27, "CIMStatusCodeDescription": "", "ErrorType": 0, "ErrorTypeDescription": "", "OwningEntity": "",
            "OwningEntityName": "", "MessageID": f"HRESULT 0x{self.code:08x}", "Message": text, "PerceivedSeverity": 0,
            "ProbableCause": 0, "ProbableCauseDescription": "", "error_Category": 30, "error_Code": self.code,
            "error_Type": "HRESULT", "error_WindowsErrorMessage": text,
        }  # fmt: skip
        told = "".join(f"<p:{name}>{value}</p:{name}>" for name, value in rows.items())
        kind = 'xmlns:b="http://schemas.dmtf.org/wbem/wscim/1/common" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        detail = f'<p:MSFT_WmiError {kind} xmlns:p="{_WMI}" xsi:type="p:MSFT_WmiError_Type">{told}</p:MSFT_WmiError>'
        return _fault(self.blames, self.subcode, self.reason, detail)


def _fault(blames: str, subcode: str, reason: str, detail: str) -> str:
    return (
        f"<s:Fault><s:Code><s:Value>s:{blames}</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(reason)}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>'
    )


def timed_out() -> Fault:
    """Nothing to say until the time was over."""
    return Fault(0x80338029, "w:TimedOut", TIMED_OUT)


def bad_timeout(said: str) -> Fault:
    """Refuse an OperationTimeout that is no time."""
    text = f"{SERVICE}The XML contains an invalid timeout field in the SOAP header: {said}. "
    return Fault(0x8033800F, "a:InvalidMessageInformationHeader", text, blames="Sender", reason=HEADERS)


def no_shell() -> Fault:
    """There is no such shell, or not any more."""
    path = ("Shell provider", r"%systemroot%\system32\WsmSvc.dll")
    return Fault(
        0x8033805B, "w:InvalidSelectors", SELECTORS, blames="Sender", detail="UnexpectedSelectors", provider=path, nested=True
    )


def no_command() -> Fault:
    """The shell has no such command, or not any more."""
    return Fault(0x8033805B, "w:InvalidSelectors", NO_COMMAND, blames="Sender", reason=SELECTORS, detail="UnexpectedSelectors")


def no_configuration(uri: str) -> Fault:
    """There is no such session configuration."""
    text = (
        f"{SERVICE}The resource URI ({uri}) was not found in the WS-Management catalog. The catalog contains the metadata that "
        "describes resources, or logical endpoints. "
    )
    return Fault(0x8033803B, "w:InvalidResourceURI", text, blames="Sender", detail="InvalidResourceURI")


def denied() -> Fault:
    """Whoever asks may not."""
    return Fault(5, "w:AccessDenied", "Access is denied. ", blames="Sender")


def bad_idle_timeout() -> Fault:
    """Refuse an IdleTimeOut under a minute or over the most that is allowed."""
    text = f"{SERVICE}The requested IdleTimeout is outside the allowed range. "
    return Fault(0x803381F2, "w:InvalidParameter", text, blames="Sender", detail="InvalidValue")


def bad_parameter() -> Fault:
    """Refuse what winrscmd.dll refuses."""
    path = ("Shell cmd plugin", r"%systemroot%\system32\winrscmd.dll")
    text = "The parameter is incorrect. "
    return Fault(87, "w:InvalidParameter", text, blames="Sender", detail="InvalidValue", provider=path)


def no_file() -> Fault:
    """Refuse a program that is not there (recorded in pypsrp's test without cmd.exe)."""
    path = ("Shell cmd plugin", r"%systemroot%\system32\winrscmd.dll")
    return Fault(0x80070002, "w:InternalError", "The system cannot find the file specified. ", provider=path)


def same_command() -> Fault:
    """Refuse a second command with the id of one that is there."""
    text = "The WinRM service cannot process the request. A command already exists with the command ID specified by the client. "
    return Fault(0x803381D6, "w:InvalidParameter", text, blames="Sender", detail="InvalidValue")


def same_shell() -> Fault:
    """Refuse a second shell with the id of one that is there."""
    text = "The WinRM service cannot process the request. A resource already exists with the shell ID specified by the client. "
    return Fault(0x803381D7, "w:InvalidParameter", text, blames="Sender", detail="InvalidValue")


def bad_id(whose: str) -> Fault:
    """Refuse the id of a shell or a command that is no GUID."""
    text = f"The WinRM service cannot process the request because the {whose} ID specified by the client is not a valid GUID. "
    code = 0x803381D5 if whose == "shell" else 0x803381D4
    return Fault(code, "w:InvalidParameter", text, blames="Sender", detail="InvalidValue")


def too_long() -> Fault:
    """What there is to say is longer than its client takes."""
    text = "The response that the WS-Management service computed exceeds the maximum envelope size in the request. "
    return Fault(0x80338048, "w:EncodingLimit", text, blames="Sender", detail="MaxEnvelopeSizeExceeded")


def of_the_lab(problem: Exception) -> Fault:
    """Tell that the lab itself has failed."""
    return Fault(0x80338000, "w:InternalError", f"lab: a fault of the lab itself: {problem!r}")


def no_stream(name: str) -> Fault:
    """Refuse input for a stream that the shell has not."""
    text = f"The stream {name} is not supported. "
    return Fault(0x80540BBE, "w:InvalidParameter", text, blames="Sender", detail="InvalidValue")


def busy() -> Fault:
    """Refuse input while earlier input is still being taken."""
    return Fault(170, "w:InternalError", "The requested resource is in use. ")


def aborted() -> Fault:
    """What waits is ended: the shell goes, or the service stops."""
    text = "The I/O operation has been aborted because of either a thread exit or an application request. "
    return Fault(995, "w:InternalError", text)


def malformed() -> Fault:
    """Refuse XML that is none."""
    return Fault(0x80338013, "w:InvalidMessage", f"{SERVICE}The message is not well-formed. ", blames="Sender")


def unsupported(uri: str) -> Fault:
    """Refuse an action that the service does not have."""
    text = f"{SERVICE}The action URI ({uri}) is not supported for the resource. "
    return Fault(0x80338001, "a:ActionNotSupported", text, blames="Sender")


def disconnected() -> Fault:
    """The shell is disconnected: its client has to come back first."""
    text = "The WinRM service cannot process the request because the WinRS shell instance is currently disconnected. "
    return Fault(0x803381C4, "w:InternalError", text)


def no_disconnect() -> Fault:
    """The shell of cmd.exe knows no disconnecting."""
    text = (
        "The WinRM service cannot process the request. This WinRS shell instance does not support disconnect and reconnect "
        "operations because it was created by an older WinRS client or its provider does not support the disconnect operation. "
    )
    return Fault(0x803381C5, "w:InternalError", text)


def another_client() -> Fault:
    """Another client of the same account has the shell."""
    text = "The WinRM service cannot process the request. The WinRS shell instance is currently connected to a different client. "
    return Fault(0x803381CD, "w:InternalError", text)


def still_connected() -> Fault:
    """Nobody connects to a shell that is not disconnected (MS-WSMV 3.1.4.17)."""
    text = (
        "The WinRM client cannot process the request. A reconnect operation cannot be performed on a WinRS shell instance that "
        "is currently connected. "
    )
    return Fault(0x803381D0, "w:InternalError", text)


def too_many_shells(most: int) -> Fault:
    """MaxShellsPerUser."""
    said = f"This user is allowed a maximum number of {most} concurrent shells, which has been exceeded. "
    text = f"{SERVICE}{said}Close existing shells or raise the quota for this user. "
    return QuotaFault(0x803381A5, "w:QuotaLimit", text, blames="Sender")


def too_many_users() -> Fault:
    """MaxConcurrentUsers."""
    said = "The maximum number of users executing shell operations has been exceeded."
    text = f"{SERVICE}{said} Retry after some time or raise the quota for concurrent shell users. "
    return QuotaFault(0x803381AB, "w:QuotaLimit", text, blames="Sender")


def too_many_operations(most: int) -> Fault:
    """MaxConcurrentOperationsPerUser."""
    said = f"This user is allowed a maximum number of {most} concurrent operations, which has been exceeded. "
    text = f"{SERVICE}{said}Close existing operations for this user, or raise the quota for this user. "
    return QuotaFault(0x803381A6, "w:InternalError", text)


def too_many_commands() -> Fault:
    """MaxConcurrentCommandsPerShell."""
    said = "The maximum number of concurrent commands per shell has been exceeded. "
    text = f"{SERVICE}{said}Retry the request later or raise the Maximum Commands per Shell quota. "
    return QuotaFault(0x803381E9, "w:InternalError", text)
