"""Of whom a text tells: an error of Windows means something else where another program met it, and nothing where it is denied.

Names such as ``E_ACCESSDENIED`` and numbers such as 1603 are Windows' own, and every program has them. They are explained where
the text speaks of WSL, Docker, DISM and what else this project knows, or of nothing at all but the error.
"""

from __future__ import annotations

import re

from pyinfra_wsl.errors.codes import Code
from pyinfra_wsl.errors.normalise import Paste

_OURS = re.compile(
    r"\bwsl|bash\.exe|\bbash\b|lxrun|lxss|subsystem for linux|subsystem-linux|ubuntu|debian|\bkali\b|opensuse|\bdistro"
    r"|distribution|docker|\bmoby|containerd|\bcompose\b|\bdism\b|deployment image servicing|featurename|optional ?feature"
    r"|hyper-?v\b|hypervisor|virtuali[sz]|virtual machine|vmcompute|\bhcs|\bhns\b|\.?vhdx?\b|ext4|rootfs|\bkvm\b|qemu|libvirt"
    r"|virsh|\bssh\b|sshd|openssh|winrm|wsman|ws-management|pssession|powershell remoting|\bansible|msiexec|\bbcdedit"
    r"|部署映像|展開イメージ",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:npm|yarn|pnpm|node(?:\.?js)?|pip3?|c?python[\d.]*|conda|ruby|gem|java|gradle|maven|dotnet|msbuild|cmake|cargo|gcc|clang|make"
    r"|choco(?:latey)?|electron|chrome|firefox|edge|outlook|office|teams|onedrive|xbox|steam|minecraft|unity|unreal|directx"
    r"|d3d\w*|dxgi|vulkan|opengl|nvidia|amdgpu|printer|spooler|sql ?server|sharepoint|exchange|oracle|virtualbox|vmware"
    r"|visual studio|webpage|browser|game|AppCrash)\b|\bMakefile\b|\.dll!|\[(?:WinError|Errno) \d|^\s*at [\w.<>$`]+\("
    r"|\bTraceback\b|\bSystem\.[\w.]{1,60}Exception|\bProduct: (?!.{0,20}(?:docker|wsl|subsystem))",
    re.IGNORECASE | re.MULTILINE,
)
_MOST, _MOST_OF_COM = 14, 8
"""Words beside an error, of a text in English that names nobody: more of them tell of something else. Of errors of COM, which all
programs have, fewer."""
_SENTENCE = 10
"""Words of a sentence of Windows, which may stand beside."""
_COM = ("E_", "CO_E_", "RPC_", "REGDB_", "DISP_", "STG_")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ENGLISH = re.compile(r"\b(?:the|an?|is|was|of|to|when|while|for|with|in|this)\b", re.IGNORECASE)
_OWN_NAMES = (
    "WSL_", "WSLC_", "HCS_", "HCN_", "VM_E_", "CBS_", "PSFX_", "WSMAN_", "ERROR_HV_", "ERROR_LINUX_SUBSYSTEM", "ERROR_VIRT",
    "ERROR_VHD", "FVE_E_", "ERROR_SXS_", "ERROR_INSTALL_ALREADY_RUNNING", "ERROR_SUCCESS_REBOOT", "ERROR_ELEVATION",
)  # fmt: skip
"""Beginnings of names that mean the same whoever met them."""
_ENDS_ANY = ("STATUS_DLL_", "STATUS_ENTRYPOINT_")
"""Beginnings of names with which Windows ends any program that it cannot begin: whose it was, only the text tells."""
_DENIED = re.compile(
    r"(?:\b(?:not|no longer|nothing to do with|unrelated to|not related to|other than|rather than|unlike|instead of"
    r"|different from|kein\w{0,2}|nicht|ni|pas)|n.t)"
    r"\s+(?:(?:the|an?|any|errors?|codes?|by|due to|because of|caused by|about|my|this|hresult|der|die|das|fehler)\s+){0,4}"
    r"[(\"'`]*$",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"^[\s(\"'`]*$")


def names_ours(paste: Paste) -> bool:
    """Whether a text names something that is known here."""
    return _OURS.search(paste.flat[0]) is not None


def is_of_others(paste: Paste, code: Code | None, *, said: bool) -> bool:
    """Whether a text tells of another program than those that are known here, or of so much else that it is not about ours.

    Args:
        paste: a text that names nothing that is known here.
        code: by which it would be explained; None for words of Windows.
        said: whether Windows' own sentence for the error stands there: such are long.

    """
    if code is not None and code.name.startswith(_OWN_NAMES):
        return False
    if code is not None and code.name.startswith(_ENDS_ANY):
        return True
    most = _MOST_OF_COM if code is not None and code.name.startswith(_COM) else _MOST
    if _OTHERS.search(paste.lines):
        return True
    english = len(_ENGLISH.findall(paste.flat[0])) > 1
    return english and len(_WORD.findall(paste.flat[0])) > most + (_SENTENCE if said else 0)


def denied(text: str, found: list[Code]) -> list[Code]:
    """Return the codes of which a text says that it is not about them, as in "this is not 0x80370102".

    Args:
        text: one line.
        found: its codes, by their places.

    """
    left: list[Code] = []
    end = -1
    for code in found:
        before = text[max(0, code.place - 80) : code.place]
        beside = bool(left) and 0 <= end <= code.place and _BESIDE.fullmatch(text[end : code.place]) is not None
        if code.sure and (_DENIED.search(before) or beside):
            left.append(code)
            word = re.match(r"\S+?(?=[\s,;:.)]|$)", text[code.place :])
            end = code.place + (word.end() if word else 0)
    return left
