r"""msiexec.exe: install and remove the WSL package and Docker Desktop, remove VirtualBox; no other.

Options and exit codes: Microsoft, "msiexec" and "MsiExec.exe and InstMsi.exe error messages". What the WSL MSI asks of
Windows (build 19041), its properties and what it leaves: msipackage/package.wix.in, src/windows/wslinstall/DllMain.cpp. Docker's
own is in `docker_msi`.
"""

from __future__ import annotations

from pyinfra_wsl.lab.docker_desktop import package as docker_package
from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.docker_desktop.options import ALL_PROPERTIES
from pyinfra_wsl.lab.exe import docker_msi
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.wsl import installer
from pyinfra_wsl.lab.wsl import package as wsl_package

SUCCESS, RESTART = 0, 3010
FAILURE, UNKNOWN_PRODUCT, ANOTHER_RUNS = 1603, 1605, 1618
CANNOT_OPEN, NOT_A_PACKAGE, WRONG_PROCESSOR = 1619, 1620, 1633
MINIMUM_BUILD = 19041
ARCHITECTURES = {"x64": "AMD64", "arm64": "ARM64"}
PROPERTIES = ("SKIPMSIX", "SKIPVALIDATION", "SKIPLSP", "MSIRMSHUTDOWN", "REBOOT", *ALL_PROPERTIES)


async def msiexec(inv: Invocation) -> int:
    """Install (``/i FILE``) or remove (``/x FILE|{CODE}``), silently."""
    options = _options(inv.arguments)
    log: list[str] = [f"=== Verbose logging started: {inv.machine.clock():%m/%d/%Y  %H:%M:%S} ===", inv.command_line]
    code = await _act(inv, options, log)
    log.append(f"MainEngineThread is returning {code}")
    if "log" in options:
        _write_log(inv, inv.path(options["log"]), log)
    return code


def _options(arguments: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name = word.lower().replace("-", "/", 1) if word.startswith("-") else word.lower()
        if name in ("/i", "/package", "/x", "/uninstall") and rest:
            found["/i" if name in ("/i", "/package") else "/x"] = rest.pop(0)
        elif name.startswith("/l") and rest:
            found["log"] = rest.pop(0)
        elif "=" in word and word.partition("=")[0].upper() in PROPERTIES:
            found[word.partition("=")[0].upper()] = word.partition("=")[2]
        elif name in ("/qn", "/quiet", "/norestart"):
            found["/qn" if name == "/quiet" else name] = ""
        else:
            raise Unsupported(word)
    if "/qn" not in found or ("/i" in found) == ("/x" in found):
        raise Unsupported(f"{' '.join(arguments)}: a window, a question or a restart that nobody wants over SSH")
    return found


async def _act(inv: Invocation, options: dict[str, str], log: list[str]) -> int:
    machine, act = inv.machine, _install if "/i" in options else _remove
    if machine.faults.installer_exit is not None:
        code, machine.faults.installer_exit = machine.faults.installer_exit, None
        if code != RESTART:
            return code
        return await act(inv, options, log) or code
    if machine.installing:
        return ANOTHER_RUNS
    machine.installing = True
    try:
        return await act(inv, options, log)
    finally:
        machine.installing = False


async def _install(inv: Invocation, options: dict[str, str], log: list[str]) -> int:
    path = inv.path(options["/i"])
    try:
        data = inv.machine.files.read(path, inv.token)
        package = installer.read(data)
    except FileError as problem:
        log.append(f"SOURCEMGMT: {path}: {problem.kind}")
        return CANNOT_OPEN
    if package is None and (docker := docker_package.read(data)) is not None:
        return await docker_msi.install(inv, docker, options, log)
    if package is None:
        return NOT_A_PACKAGE
    _demand_no_restart(options)
    if ARCHITECTURES.get(package["architecture"]) != inv.machine.architecture:
        return WRONG_PROCESSOR
    refusal = _refusal(inv, options)
    if refusal:
        log.append(refusal)
        return FAILURE
    await inv.sleep(15)
    wsl_package.install(inv.machine, package["version"])
    log.append("Product: Windows Subsystem for Linux -- Installation completed successfully.")
    return SUCCESS


def _refusal(inv: Invocation, options: dict[str, str]) -> str:
    if not inv.elevated:
        return "Error 1925. You do not have sufficient privileges to complete this installation for all users of the machine."
    if inv.machine.build < MINIMUM_BUILD and options.get("SKIPVALIDATION") != "1":
        return "Windows Subsystem for Linux requires Windows 10 version 2004 (build 19041) or newer."
    if inv.machine.files.free_bytes < wsl_package.SIZE:
        return "Error 1304. Error writing to file: system.vhd. There is not enough space on the disk."
    return ""


def _demand_no_restart(options: dict[str, str]) -> None:
    if "/norestart" not in options:
        raise Unsupported("a restart that nobody wants over SSH")


async def _remove(inv: Invocation, options: dict[str, str], log: list[str]) -> int:
    if (there := docker_msi.installed(inv, options["/x"])) is not None:
        return await docker_msi.remove(inv, there)
    _demand_no_restart(options)
    if options["/x"].upper() == toolbox.VIRTUALBOX_CODE:
        return await _remove_virtualbox(inv)
    code = inv.machine.registry.get(wsl_package.KEY, "ProductCode", "")
    if not code or options["/x"].upper() != code.upper():
        return UNKNOWN_PRODUCT
    if not inv.elevated:
        return FAILURE
    await inv.sleep(10)
    wsl_package.remove(inv.machine)
    log.append("Product: Windows Subsystem for Linux -- Removal completed successfully.")
    return SUCCESS


async def _remove_virtualbox(inv: Invocation) -> int:
    if not inv.machine.registry.exists(toolbox.VIRTUALBOX_KEY):
        return UNKNOWN_PRODUCT
    if not inv.elevated:
        return FAILURE
    await inv.sleep(10)
    toolbox.remove_virtualbox(inv.machine)
    return SUCCESS


def _write_log(inv: Invocation, path: str, lines: list[str]) -> None:
    text = "\r\n".join([*lines, ""])
    try:
        inv.machine.files.write(path, b"\xff\xfe" + text.encode("utf-16-le"), inv.token)
    except FileError:
        return  # an installation does not fail for its log


PROGRAMS = {"msiexec.exe": msiexec}
