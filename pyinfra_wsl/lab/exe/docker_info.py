"""``docker info``: the client, and what the engine that answers it says of itself and of where it runs.

Source: docker/cli v28.3.3, cli/command/system/info.go (which lines, their order, when one is left out; a template is filled even
where no engine answers, with nothing, and the exit code is 1 then: it was 0 until v27.5.1), and the fields of
vendor/github.com/docker/docker/api/types/system/info.go in their order. The engine has the memory of ``/proc/meminfo``, the
processors and the kernel of the VM that it runs in.
"""

from __future__ import annotations

import json
from typing import Any

from pyinfra_wsl.lab.exe.docker_said import BUILT, CLIENT, COMMIT, GO, Client, Said, rendered

NOTHING: dict[str, Any] = {
    "ID": "", "Containers": 0, "ContainersRunning": 0, "ContainersPaused": 0, "ContainersStopped": 0, "Images": 0, "Driver": "",
    "DriverStatus": None, "Plugins": {"Volume": None, "Network": None, "Authorization": None, "Log": None},
    "MemoryLimit": False, "SwapLimit": False, "CpuCfsPeriod": False, "CpuCfsQuota": False, "CPUShares": False, "CPUSet": False,
    "PidsLimit": False, "IPv4Forwarding": False, "Debug": False, "NFd": 0, "OomKillDisable": False, "NGoroutines": 0,
    "SystemTime": "", "LoggingDriver": "", "CgroupDriver": "", "NEventsListener": 0, "KernelVersion": "", "OperatingSystem": "",
    "OSVersion": "", "OSType": "", "Architecture": "", "IndexServerAddress": "", "RegistryConfig": None, "NCPU": 0, "MemTotal": 0,
    "GenericResources": None, "DockerRootDir": "", "HttpProxy": "", "HttpsProxy": "", "NoProxy": "", "Name": "", "Labels": None,
    "ExperimentalBuild": False, "ServerVersion": "", "Runtimes": None, "DefaultRuntime": "",
    "Swarm": {"NodeID": "", "NodeAddr": "", "LocalNodeState": "", "ControlAvailable": False, "Error": "", "RemoteManagers": None},
    "LiveRestoreEnabled": False, "Isolation": "", "InitBinary": "", "ContainerdCommit": {"ID": ""}, "RuncCommit": {"ID": ""},
    "InitCommit": {"ID": ""}, "SecurityOptions": None, "CDISpecDirs": None, "Warnings": None,
}  # fmt: skip
"""What a client has of an engine that did not answer."""
_LINUX: dict[str, Any] = {
    "Plugins": {
        "Volume": ["local"],
        "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
        "Authorization": None,
        "Log": ["awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "splunk", "syslog"],
    },
    "CgroupDriver": "cgroupfs", "CgroupVersion": "2", "Runtimes": {"runc": {"path": "runc"}}, "DefaultRuntime": "runc",
    "InitBinary": "docker-init", "ContainerdCommit": {"ID": "05044ec0a9a75232cad458027ca83437aae3f4da"},
    "RuncCommit": {"ID": "v1.2.5-0-g59923ef"}, "InitCommit": {"ID": "de40ad0"},
    "SecurityOptions": ["name=seccomp,profile=unconfined", "name=cgroupns"],
}  # fmt: skip
_WINDOWS: dict[str, Any] = {
    "Plugins": {
        "Volume": ["local"],
        "Network": ["ics", "internal", "l2bridge", "l2tunnel", "nat", "null", "overlay", "private", "transparent"],
        "Authorization": None,
        "Log": ["awslogs", "etwlogs", "fluentd", "gcplogs", "gelf", "json-file", "local", "splunk", "syslog"],
    }
}
"""What the engines of either system say besides; of a list that nobody here looks at, the usual ones."""
_ABOUT = {"buildx": "Docker Buildx", "compose": "Docker Compose", "desktop": "Docker Desktop commands"}
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


def info(client: Client, form: str | None) -> Said:
    """Answer ``docker info``."""
    mine = _client(client)
    if form is not None and ".ClientInfo" in form:
        return Said(0, rendered(form, {"ClientInfo": mine}))  # no engine is asked for it
    data = server(client)
    code, problem = (1, client.problem) if client.engine is None else (0, "")
    if form is not None:
        return Said(code, rendered(form, data | {"ClientInfo": mine}), problem)
    shown = ["Client:", *_client_lines(mine), "", "Server:", *([] if client.engine is None else [*_server_lines(data), ""])]
    return Said(code, "\n".join(shown) + "\n", problem)


def server(client: Client) -> dict[str, Any]:
    """Return what the engine says of itself, by the names of the fields; where none answers, `NOTHING`."""
    engine = client.engine
    if engine is None:
        return dict(NOTHING)
    running = len(engine.content.containers)
    counts = {"Containers": running, "ContainersRunning": running, "Images": len(engine.content.images)}
    common = {"ServerVersion": engine.version, "LoggingDriver": "json-file", "OSType": engine.system}
    swarm = NOTHING["Swarm"] | {"LocalNodeState": "inactive"}
    return NOTHING | (_WINDOWS if engine.system == "windows" else _LINUX) | common | counts | {"Swarm": swarm} | engine.facts


def _client(client: Client) -> dict[str, Any]:
    plugins = [_plugin(*one) for one in client.plugins]
    mine = {"Debug": False, "Version": CLIENT, "GitCommit": COMMIT, "GoVersion": GO, "Os": client.system, "BuildTime": BUILT}
    return mine | {"Arch": client.architecture, "Context": client.context, "Plugins": plugins, "Warnings": None}


def _plugin(name: str, version: str, path: str) -> dict[str, str]:
    short = name.removeprefix("docker-")
    about = _ABOUT.get(short, short)
    said = {"SchemaVersion": "0.1.0", "Vendor": "Docker Inc.", "Version": version, "ShortDescription": about}
    return said | {"Name": short, "Path": path}


def _client_lines(mine: dict[str, Any]) -> list[str]:
    lines = [f" Version:    {mine['Version']}", f" Context:    {mine['Context']}", " Debug Mode: false"]
    lines += [" Plugins:"] if mine["Plugins"] else []
    for one in mine["Plugins"]:
        lines += [f"  {one['Name']}: {one['ShortDescription']} ({one['Vendor']})"]
        lines += [f"    Version:  {one['Version']}", f"    Path:     {one['Path']}"]
    return lines


def _server_lines(data: dict[str, Any]) -> list[str]:
    plugins = data["Plugins"]
    return [
        f" Containers: {data['Containers']}",
        *(f"  {name}: {data[f'Containers{name}']}" for name in ("Running", "Paused", "Stopped")),
        f" Images: {data['Images']}",
        *_said(data, ServerVersion="Server Version", Driver="Storage Driver"),
        *(f"  {name}: {value}" for name, value in data["DriverStatus"] or ()),
        *_said(data, LoggingDriver="Logging Driver", CgroupDriver="Cgroup Driver", CgroupVersion="Cgroup Version"),
        " Plugins:",
        *(f"  {name}: {' '.join(plugins[name] or ())}" for name in ("Volume", "Network", "Log")),
        f" Swarm: {data['Swarm']['LocalNodeState']}",
        *_of_system(data),
        *_said(data, KernelVersion="Kernel Version", OperatingSystem="Operating System", OSType="OSType"),
        *_said(data, Architecture="Architecture"),
        f" CPUs: {data['NCPU']}",
        f" Total Memory: {size(data['MemTotal'])}",
        *_said(data, Name="Name", ID="ID"),
        f" Docker Root Dir: {data['DockerRootDir']}",
        f" Debug Mode: {_word(data['Debug'])}",
        *_said(data, HttpProxy="HTTP Proxy", HttpsProxy="HTTPS Proxy", NoProxy="No Proxy"),
        f" Experimental: {_word(data['ExperimentalBuild'])}",
        f" Live Restore Enabled: {_word(data['LiveRestoreEnabled'])}",
    ]


def _of_system(data: dict[str, Any]) -> list[str]:
    if data["OSType"] == "windows":
        return [f" Default Isolation: {data['Isolation']}"]
    options = [word.split(",") for word in data["SecurityOptions"] or ()]
    return [
        f" Runtimes: {' '.join(data['Runtimes'] or ())}",
        f" Default Runtime: {data['DefaultRuntime']}",
        f" Init Binary: {data['InitBinary']}",
        f" containerd version: {data['ContainerdCommit']['ID']}",
        f" runc version: {data['RuncCommit']['ID']}",
        f" init version: {data['InitCommit']['ID']}",
        *([" Security Options:"] if options else []),
        *(
            line
            for name, *more in options
            for line in (f"  {name.partition('=')[2]}", *(f"   Profile: {one.partition('=')[2]}" for one in more))
        ),
    ]


def _said(data: dict[str, Any], **names: str) -> list[str]:
    """Return the lines of what is not empty."""
    return [f" {name}: {data[key]}" for key, name in names.items() if data.get(key)]


def _word(value: bool) -> str:
    return json.dumps(value)


def size(number: float) -> str:
    """Return bytes as the client shows them: ``%.4g`` and a binary unit (github.com/docker/go-units, BytesSize)."""
    unit = 0
    while number >= _STEP and unit < len(_UNITS) - 1:
        number, unit = number / _STEP, unit + 1
    return f"{number:.4g}{_UNITS[unit]}"
