"""Failures of WSL: the name that wsl.exe prints, the contexts before it and the text above it.

Printed as ``<text>`` CRLF ``Error code: Wsl/Context/…/NAME`` CRLF on standard output, exit code -1
(src/windows/common/WslClient.cpp, src/windows/common/wslutil.cpp, src/windows/common/ExecutionContext.h).
"""

from __future__ import annotations

from collections.abc import Sequence

NO_CODE = frozenset({"WSL_E_DEFAULT_DISTRO_NOT_FOUND", "WSL_E_INVALID_USAGE"})
"""Failures whose name is not printed (src/windows/common/WslClient.cpp)."""

TEXTS = {
    "E_ILLEGAL_STATE_CHANGE": "MessageInvalidState",
    "ERROR_ALREADY_EXISTS": "MessageDistroNameAlreadyExists",
    "ERROR_FILE_EXISTS": "MessageDistroInstallPathAlreadyExists",
    "WSL_E_DEFAULT_DISTRO_NOT_FOUND": "MessageNoDefaultDistro",
    "WSL_E_DISTRIBUTION_NAME_NEEDED": "MessageDistributionNameNeeded",
    "WSL_E_DISTRO_NOT_FOUND": "MessageDistroNotFound",
    "WSL_E_DISTRO_NOT_STOPPED": "MessageVhdInUse",
    "WSL_E_EXPORT_FAILED": "MessageExportFailed",
    "WSL_E_IMPORT_FAILED": "MessageImportFailed",
    "WSL_E_INVALID_USAGE": "MessageWslUsage",
    "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED": "MessageLocalSystemNotSupported",
    "WSL_E_NOT_A_LINUX_DISTRO": "MessageInvalidDistributionTar",
    "WSL_E_USER_NOT_FOUND": "MessageUserNotFound",
    "WSL_E_VM_MODE_INVALID_STATE": "MessageAlreadyRequestedVersion",
    "WSL_E_WSL1_NOT_SUPPORTED": "MessageWsl1NotSupported",
    "WSL_E_WSL2_NEEDED": "MessageWsl2Needed",
    "HCS_E_HYPERV_NOT_INSTALLED": "MessageEnableVirtualization",
    "WSL_E_DISK_CORRUPTED": "MessageDiskCorrupted",
    "WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED": "MessageVirtualMachinePlatformNotInstalled",
    "WSL_E_VM_MODE_NOT_SUPPORTED": "MessageVmModeNotSupported",
    "WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED": "MessageWslOptionalComponentRequired",
}
"""Name of the text of a failure (GetErrorString of wslutil.cpp); the others get Windows' own text of the code."""

CODES = {
    "ERROR_DIRECTORY": 0x8007010B,
    "ERROR_DIR_NOT_EMPTY": 0x80070091,
    "ERROR_INVALID_NAME": 0x8007007B,
    "WSL_E_DEFAULT_DISTRO_NOT_FOUND": 0x80040301,
    "WSL_E_DISTRO_NOT_FOUND": 0x80040302,
    "WSL_E_WSL1_NOT_SUPPORTED": 0x80040303,
    "WSL_E_USER_NOT_FOUND": 0x80040308,
    "WSL_E_INVALID_USAGE": 0x80040309,
    "WSL_E_EXPORT_FAILED": 0x8004030A,
    "WSL_E_IMPORT_FAILED": 0x8004030B,
    "WSL_E_DISTRO_NOT_STOPPED": 0x8004030C,
    "WSL_E_TTY_LIMIT": 0x8004030D,
    "WSL_E_CUSTOM_SYSTEM_DISTRO_ERROR": 0x8004030E,
    "WSL_E_VM_MODE_INVALID_STATE": 0x80040313,
    "WSL_E_WSL2_NEEDED": 0x8004031C,
    "WSL_E_NOT_A_LINUX_DISTRO": 0x80040326,
    "WSL_E_WSL1_DISABLED": 0x8004032C,
    "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED": 0x8004032E,
    "WSL_E_DISTRIBUTION_NAME_NEEDED": 0x80040330,
    "WSL_E_INVALID_JSON": 0x80040331,
    "WSL_E_VM_CRASHED": 0x80040332,
    "E_ILLEGAL_STATE_CHANGE": 0x8000000D,
    "ERROR_SHARING_VIOLATION": 0x80070020,
    "HCS_E_HYPERV_NOT_INSTALLED": 0x80370102,
    "HCS_E_SERVICE_NOT_AVAILABLE": 0x80370114,
    "TRUST_E_BAD_DIGEST": 0x80096010,
    "E_INVALIDARG": 0x80070057,
    "E_FAIL": 0x80004005,
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
    "ERROR_UNHANDLED_EXCEPTION": 0x8007023E,
    "ERROR_UNSUPPORTED_TYPE": 0x8007065E,
    "ERROR_VERSION_PARSE_ERROR": 0x80070309,
    "WININET_E_CANNOT_CONNECT": 0x80072EFD,
    "WSL_E_DISK_CORRUPTED": 0x8004032F,
    "WSL_E_VM_MODE_NOT_SUPPORTED": 0x80040304,
    "WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED": 0x80040321,
    "WSL_E_CUSTOM_KERNEL_NOT_FOUND": 0x80040307,
    "WSL_E_INSTALL_COMPONENT_FAILED": 0x80040329,
}
"""HRESULTs of all failures of the lab (wslservice.idl; winerror.h)."""


class WslError(Exception):
    """A call to WSL failed.

    Args:
        name: the failure's name: ``WSL_E_DISTRO_NOT_FOUND``, ``ERROR_FILE_EXISTS``, …
        contexts: the contexts after ``Wsl``, outermost first: ``Service``, ``RegisterDistro``.
        says: where WSL has a special text, the names of its lines with what is filled in, another failure for Windows' text of
            that one; else the text is that of the name.

    """

    def __init__(self, name: str, *contexts: str, says: Sequence[tuple[object, ...]] = ()) -> None:
        """Keep the parts."""
        super().__init__(name)
        self.name = name
        self.contexts = contexts
        self.says = says

    def code(self, *, named: bool) -> str:
        """Return the code as wsl.exe prints it: ``Wsl/Service/WSL_E_DISTRO_NOT_FOUND``, a number where it has no name."""
        return "/".join(("Wsl", *self.contexts, self.name if named else f"0x{CODES[self.name]:x}"))

    def within(self, *contexts: str) -> WslError:
        """Return the same failure met inside further contexts, the outer ones first."""
        return WslError(self.name, *contexts, *self.contexts, says=self.says)
