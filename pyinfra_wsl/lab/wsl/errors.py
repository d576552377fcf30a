"""Failures of WSL: the name that wsl.exe prints, the contexts before it and the text above it.

Printed as ``<text>`` CRLF ``Error code: Wsl/Context/…/NAME`` CRLF on standard output, exit code -1
(src/windows/common/WslClient.cpp, src/windows/common/wslutil.cpp, src/windows/common/ExecutionContext.h).
"""

from __future__ import annotations

NO_CODE = frozenset({"WSL_E_DEFAULT_DISTRO_NOT_FOUND", "WSL_E_INVALID_USAGE"})
"""Failures whose name is not printed (src/windows/common/WslClient.cpp)."""

TEXTS = {
    "E_ILLEGAL_STATE_CHANGE": "MessageInvalidState",
    "ERROR_SHARING_VIOLATION": "MessageVhdInUse",
    "WSL_E_DEFAULT_DISTRO_NOT_FOUND": "MessageNoDefaultDistro",
    "WSL_E_DISTRIBUTION_NAME_NEEDED": "NameNeeded",
    "WSL_E_DISTRO_NOT_FOUND": "MessageDistroNotFound",
    "WSL_E_DISTRO_NOT_STOPPED": "DistroNotStopped",
    "WSL_E_EXPORT_FAILED": "ExportFailed",
    "WSL_E_IMPORT_FAILED": "MessageImportFailed",
    "WSL_E_INVALID_USAGE": "Usage",
    "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED": "MessageLocalSystemNotSupported",
    "WSL_E_NOT_A_LINUX_DISTRO": "NotALinuxDistro",
    "WSL_E_TTY_LIMIT": "TtyLimit",
    "WSL_E_USER_NOT_FOUND": "UserNotFound",
    "WSL_E_VM_MODE_INVALID_STATE": "MessageAlreadyRequestedVersion",
    "WSL_E_WSL1_DISABLED": "Wsl1Disabled",
    "WSL_E_WSL1_NOT_SUPPORTED": "MessageWsl1NotSupported",
    "WSL_E_WSL2_NEEDED": "Wsl2Needed",
    "HCS_E_HYPERV_NOT_INSTALLED": "MessageEnableVirtualization",
    "HCS_E_SERVICE_NOT_AVAILABLE": "MessageEnableVirtualization",
}
"""Name of the text of a failure (`wsl_texts.text`); the others get Windows' own text of the code."""

CODES = {
    "E_INVALIDARG": 0x80070057,
    "E_NOTIMPL": 0x80004001,
    "E_UNEXPECTED": 0x8000FFFF,
    "ERROR_ACCESS_DISABLED_BY_POLICY": 0x800704EC,
    "E_ACCESSDENIED": 0x80070005,
    "ERROR_ALREADY_EXISTS": 0x800700B7,
    "ERROR_CANCELLED": 0x800704C7,
    "ERROR_DISK_FULL": 0x80070070,
    "ERROR_FILE_EXISTS": 0x80070050,
    "ERROR_FILE_NOT_FOUND": 0x80070002,
    "ERROR_INSTALL_FAILURE": 0x80070643,
    "ERROR_PATH_NOT_FOUND": 0x80070003,
    "ERROR_UNSUPPORTED_TYPE": 0x8007065E,
    "ERROR_VERSION_PARSE_ERROR": 0x80070309,
    "WININET_E_CANNOT_CONNECT": 0x80072EFD,
    "WSL_E_DISK_CORRUPTED": 0x8004032F,
    "WSL_E_VM_MODE_NOT_SUPPORTED": 0x80040304,
    "WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED": 0x80040321,
    "WSL_E_CUSTOM_KERNEL_NOT_FOUND": 0x80040307,
    "WSL_E_CUSTOM_SYSTEM_DISTRO_ERROR": 0x8004030E,
    "WSL_E_INSTALL_COMPONENT_FAILED": 0x80040329,
}
"""HRESULTs of the failures whose text is Windows' own (wslservice.idl; winerror.h)."""


class WslError(Exception):
    """A call to WSL failed.

    Args:
        name: the failure's name: ``WSL_E_DISTRO_NOT_FOUND``, ``ERROR_FILE_EXISTS``, …
        contexts: the contexts after ``Wsl``, outermost first: ``Service``, ``RegisterDistro``.
        message: the user's text where WSL has a special one; else that of the name.

    """

    def __init__(self, name: str, *contexts: str, message: str | None = None) -> None:
        """Keep the parts."""
        super().__init__(name)
        self.name = name
        self.contexts = contexts
        self.message = message

    @property
    def code(self) -> str:
        """The code as wsl.exe prints it: ``Wsl/Service/WSL_E_DISTRO_NOT_FOUND``."""
        return "/".join(("Wsl", *self.contexts, self.name))

    def within(self, *contexts: str) -> WslError:
        """Return the same failure met inside further contexts, the outer ones first."""
        return WslError(self.name, *contexts, *self.contexts, message=self.message)
