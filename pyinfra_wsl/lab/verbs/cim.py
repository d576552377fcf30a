"""The verb ``cim.get``: the classes of ``root/cimv2`` that are asked for, made from the machine.

Properties and methods are those of Microsoft's reference of each class. An unknown class, property or condition fails as WMI
does: ``Invalid class`` (0x80041010), ``Invalid query`` (0x80041017), ``Invalid namespace`` (0x8004100E).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.features import SERVICES_KEY, State
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.verbs.agent_process import AgentProcess
from pyinfra_wsl.lab.verbs.binding import CallFailedError, filled, text, texts, verb

CIM_EXCEPTION = "Microsoft.Management.Infrastructure.CimException"
INSTALL_STATES: dict[State, int] = {
    "Enabled": 1,
    "Disabled": 2,
    "Disabled with Payload Removed": 3,
    "Enable Pending": 4,
    "Disable Pending": 4,
}
"""InstallState: 1 enabled, 2 disabled, 3 absent, 4 unknown; that a pending one reads 4 is not verified here."""
BUILT_IN = {500: "Administrator", 501: "Guest", 503: "DefaultAccount", 504: "WDAGUtilityAccount"}
"""Accounts that every Windows has, by the last part of their SIDs."""
Object = dict[str, Any]


def _optional_feature(machine: Machine) -> list[Object]:
    return [
        {"Name": item.name, "Caption": item.display, "InstallState": INSTALL_STATES[item.state]}
        for item in machine.features.table.values()
    ]


def _computer_system(machine: Machine) -> list[Object]:
    console = next((account.full_name for account in machine.accounts.values() if account.logged_on), None)
    domains = {account.domain for account in machine.accounts.values()} - {machine.name.upper()}
    return [
        {
            "Name": machine.name.upper(),
            "Manufacturer": machine.manufacturer,
            "Model": machine.model,
            "HypervisorPresent": machine.hypervisor_running,
            "TotalPhysicalMemory": machine.memory,
            "NumberOfLogicalProcessors": machine.processors,
            "UserName": console,
            "PartOfDomain": bool(domains),
            "Domain": min(domains, default="WORKGROUP").lower(),
            "SystemType": "ARM64-based PC" if machine.architecture == "ARM64" else "x64-based PC",
        }
    ]


def _processor(machine: Machine) -> list[Object]:
    """With a hypervisor running the flags read False: Windows itself is then a guest and sees none of them."""
    bare = not machine.hypervisor_running
    return [
        {
            "DeviceID": "CPU0",
            "Name": "13th Gen Intel(R) Core(TM) i7-1365U",
            "Manufacturer": "GenuineIntel",
            "NumberOfLogicalProcessors": machine.processors,
            "VirtualizationFirmwareEnabled": bare and machine.firmware.virtualization,
            "SecondLevelAddressTranslationExtensions": bare and machine.firmware.slat,
            "VMMonitorModeExtensions": bare and machine.firmware.vm_monitor,
        }
    ]


def _operating_system(machine: Machine) -> list[Object]:
    return [
        {
            "Caption": f"Microsoft Windows {'11' if machine.build >= 22000 else '10'} {machine.edition}",
            "BuildNumber": str(machine.build),
            "Version": f"10.0.{machine.build}",
            "OSArchitecture": "ARM 64-bit Processor" if machine.architecture == "ARM64" else "64-bit",
            "LastBootUpTime": machine.booted_at.isoformat().replace("+00:00", "Z"),
            "CurrentTimeZone": machine.time_zone,
            "MUILanguages": [machine.culture],
            "FreePhysicalMemory": machine.memory // 2048,
        }
    ]


def _logical_disk(machine: Machine) -> list[Object]:
    """Return fixed disks: drive type 3. All share the room of one disk, as partitions of it that grow would."""
    free, size = machine.files.free_bytes, 512 << 30
    return [
        {"DeviceID": root[:2].upper(), "DriveType": 3, "FileSystem": "NTFS", "FreeSpace": free, "Size": size}
        for root in machine.files.roots
        if root[1:2] == ":"
    ]


def _process(machine: Machine) -> list[Object]:
    return [
        {
            "Handle": str(item.pid),
            "ProcessId": item.pid,
            "ParentProcessId": item.parent,
            "Name": item.name,
            "ExecutablePath": item.exe,
            "CommandLine": item.command_line,
            "SessionId": item.session,
        }
        for item in machine.processes
    ]


def _service(machine: Machine) -> list[Object]:
    services, modes = machine.services, {2: "Auto", 3: "Manual", 4: "Disabled"}
    return [
        {
            "Name": name,
            "DisplayName": services.get(name, "DisplayName", name),
            "State": "Running" if services.running(name) else "Stopped",
            "Started": services.running(name),
            "StartMode": modes.get(services.start_type(name), "Boot"),
            "StartName": services.get(name, "ObjectName", "LocalSystem"),
            "PathName": services.get(name, "ImagePath", ""),
        }
        for name in machine.registry.keys(SERVICES_KEY)
    ]


def _group(machine: Machine) -> list[Object]:
    here = machine.name.upper()
    return [
        {"Name": one.name, "Domain": here, "SID": one.sid, "LocalAccount": True, "Caption": rf"{here}\{one.name}"}
        for one in machine.groups.table.values()
    ]


def _environment(machine: Machine) -> list[Object]:
    """Return variables of the laptop and of users whose hive is loaded (Microsoft, "Win32_Environment")."""
    found = [("<SYSTEM>", ENVIRONMENT_KEY)]
    loaded = [one for one in machine.accounts.values() if one.sid.upper() in machine.registry.loaded]
    found += [(one.full_name, rf"HKU\{one.sid}\Environment") for one in loaded]
    return [
        {"Name": name, "UserName": who, "VariableValue": str(data), "SystemVariable": who == "<SYSTEM>"}
        for who, key in found
        for name, (_, data) in machine.registry.values(key).items()
    ]


def _user_account(machine: Machine) -> list[Object]:
    """Return the laptop's own accounts, with those that every Windows has, and as much of the domain as the lab knows."""
    here, people = machine.name.upper(), list(machine.accounts.values())
    prefix = windows.authority(machine)
    own = [(f"{prefix}-{relative}", name, here) for relative, name in BUILT_IN.items()]
    return [
        {"Name": name, "Domain": domain, "SID": sid, "LocalAccount": domain == here, "Caption": rf"{domain}\{name}"}
        for sid, name, domain in [*own, *((one.sid, one.name, one.domain) for one in people)]
    ]


CLASSES: dict[str, Callable[[Machine], list[Object]]] = {
    "win32_optionalfeature": _optional_feature,
    "win32_computersystem": _computer_system,
    "win32_processor": _processor,
    "win32_operatingsystem": _operating_system,
    "win32_logicaldisk": _logical_disk,
    "win32_process": _process,
    "win32_useraccount": _user_account,
    "win32_service": _service,
    "win32_group": _group,
    "win32_environment": _environment,
}


def _classes(machine: Machine, namespace: str) -> dict[str, Callable[[Machine], list[Object]]]:
    """Return the classes of a namespace; Hyper-V's is there with its service (Microsoft, "Hyper-V WMI provider (V2)")."""
    if namespace == "root/virtualization/v2" and machine.services.exists("vmms"):
        return {"msvm_computersystem": _virtual_machines}
    if namespace != "root/cimv2":
        raise CallFailedError("failed", "Invalid namespace ", CIM_EXCEPTION)
    return CLASSES


def _virtual_machines(machine: Machine) -> list[Object]:
    """Return the host itself and its VMs: EnabledState 2 runs, 3 is off."""
    own = {"ElementName": machine.name.upper(), "Caption": "Hosting Computer System", "EnabledState": 2}
    states = {name: 2 if runs else 3 for name, runs in machine.virtual_machines.items()}
    return [own, *({"ElementName": name, "Caption": "Virtual Machine", "EnabledState": one} for name, one in states.items())]


@verb("cim.get", class_=filled, properties=texts, filter=text, method=text, namespace=text)
async def get(
    agent: AgentProcess,
    *,
    class_: str,
    properties: list[str] | None = None,
    filter: str = "",  # noqa: A002 - a field of the call
    method: str = "",
    namespace: str = "root/cimv2",
) -> Object:
    """Read CIM objects, as agent.ps1 does."""
    classes = _classes(agent.machine, namespace.replace("\\", "/").lower())
    if class_.lower() not in classes:
        raise CallFailedError("failed", "Invalid class ", CIM_EXCEPTION)
    if class_.lower() == "win32_useraccount" and "localaccount" not in filter.lower():
        agent.machine.complaints.append("Win32_UserAccount without LocalAccount: that lists the whole domain")
    objects = classes[class_.lower()](agent.machine)
    _check_properties(objects, properties or [])
    chosen = [item for item in objects if not filter or _meets(item, filter)]
    wanted = {name.lower() for name in properties or []}
    found = []
    for item in chosen:
        fields = {name: value for name, value in item.items() if not wanted or name.lower() in wanted}
        found.append({**fields, "returns": _invoke(agent, class_, method, item)} if method else fields)
    return {"objects": found}


def _check_properties(objects: list[Object], names: list[str]) -> None:
    known = {name.lower() for item in objects for name in item}
    if objects and any(name.lower() not in known for name in names):
        raise CallFailedError("failed", "Invalid query ", CIM_EXCEPTION)


def _meets(item: Object, condition: str) -> bool:
    """Test a WQL condition: comparisons for equality, joined by AND, and those by OR (Microsoft, "WHERE clause (WQL)")."""
    fields = {name.lower(): value for name, value in item.items()}
    either = [
        re.split(r"\s+and\s+", part, flags=re.IGNORECASE)
        for part in re.split(r"\s+or\s+", condition.strip(), flags=re.IGNORECASE)
    ]
    return any([all([_equals(fields, term) for term in terms]) for terms in either])  # noqa: C419 - a wrong term is an error anywhere


def _equals(fields: Object, term: str) -> bool:
    match = re.fullmatch(r"(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+)|(true|false))", term.strip(), re.IGNORECASE)
    if match is None or match[1].lower() not in fields:
        raise CallFailedError("failed", "Invalid query ", CIM_EXCEPTION)
    words = next(group for group in match.groups()[1:] if group is not None)
    return str(fields[match[1].lower()]).lower() == words.lower()


def _invoke(agent: AgentProcess, class_: str, method: str, item: Object) -> Object:
    """Call a method; what another's process says to a user without rights is 2, access denied."""
    if class_.lower() != "win32_process" or method.lower() not in ("getowner", "getownersid"):
        raise CallFailedError("failed", "Invalid method Parameter(s) ", CIM_EXCEPTION)
    process = agent.machine.processes.get(item["ProcessId"])
    denied = process is None or not _may_ask(agent, process)
    account = None if process is None or denied else process.token.account
    if method.lower() == "getowner":
        returns: Object = {"Domain": account.domain if account else None, "User": account.name if account else None}
    else:
        returns = {"Sid": account.sid if account else None}
    return {**returns, "ReturnValue": 2 if denied else 0, "PSComputerName": None}


def _may_ask(agent: AgentProcess, process: Process) -> bool:
    return agent.token.administrator or process.sid == agent.token.account.sid
