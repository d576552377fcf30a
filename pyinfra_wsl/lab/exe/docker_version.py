"""``docker version``: the versions of the client and of the engine that answers it.

Source: docker/cli v28.3.3, cli/command/system/version.go (fields, their order, the template of the text, exit code 1 where no
engine answers) and its test data TestVersionFormat. Versions of the engine's parts, Go versions and days are of that release.
"""

from __future__ import annotations

from typing import Any

from pyinfra_wsl.lab.exe.docker_said import (
    API,
    ARCHITECTURES,
    BUILT,
    CLIENT,
    COMMIT,
    GO,
    LEAST_API,
    Client,
    Said,
    rendered,
)

PARTS = (
    ("containerd", "1.7.27", "05044ec0a9a75232cad458027ca83437aae3f4da"),
    ("runc", "1.2.5", "v1.2.5-0-g59923ef"),
    ("docker-init", "0.19.0", "de40ad0"),
)
"""Parts of a Linux engine with version and commit."""
_MADE = {"GoVersion": "Go version", "GitCommit": "Git commit", "BuildTime": "Built"}
_WIDTH = 20
"""Of the column of names: the template's tabs are at least so wide."""


def version(client: Client, form: str | None) -> Said:
    """Answer ``docker version``."""
    both = {"Client": _client(client), "Server": _server(client)}
    out = _shown(both) if form is None else rendered(form, both)
    return Said(1 if client.problem else 0, out, client.problem)


def _client(client: Client) -> dict[str, Any]:
    return {
        "Version": CLIENT,
        "ApiVersion": API,
        "DefaultAPIVersion": API,
        "GitCommit": COMMIT,
        "GoVersion": GO,
        "Os": client.system,
        "Arch": client.architecture,
        "BuildTime": BUILT,
        "Context": client.context,
    }


def _server(client: Client) -> dict[str, Any] | None:
    engine = client.engine
    if engine is None:
        return None
    details = {
        "ApiVersion": API,
        "Arch": ARCHITECTURES.get(str(engine.facts.get("Architecture", "x86_64")), "amd64"),
        "BuildTime": BUILT,
        "Experimental": "false",
        "GitCommit": COMMIT,
        "GoVersion": GO,
        "KernelVersion": str(engine.facts.get("KernelVersion", "")),
        "MinAPIVersion": LEAST_API,
        "Os": engine.system,
    }
    parts = [{"Name": "Engine", "Version": engine.version, "Details": details}]
    if engine.system == "linux":
        parts += [{"Name": name, "Version": number, "Details": {"GitCommit": commit}} for name, number, commit in PARTS]
    kept = ("ApiVersion", "MinAPIVersion", "GitCommit", "GoVersion", "Os", "Arch", "KernelVersion", "BuildTime")
    first = {"Platform": {"Name": client.product}, "Components": parts, "Version": engine.version}
    return first | {name: details[name] for name in kept}


def _shown(both: dict[str, Any]) -> str:
    mine, server = both["Client"], both["Server"]
    lines = [
        "Client:",
        *_rows(1, mine, Version="Version", ApiVersion="API version", **_MADE),
        *_rows(1, {"x": f"{mine['Os']}/{mine['Arch']}", "y": mine["Context"]}, x="OS/Arch", y="Context"),
    ]
    if server is not None:
        product = server["Platform"]["Name"]
        lines += ["", f"Server:{f' {product}' if product else ''}"]
        for part in server["Components"]:
            lines += [f" {part['Name']}:", *_rows(2, part, Version="Version"), *_details(part)]
    return "\n".join(lines) + "\n"


def _details(part: dict[str, Any]) -> list[str]:
    """Return what of a part stands below its version: of the engine some by name, of others all."""
    details = part["Details"]
    if part["Name"] != "Engine":
        return _rows(2, details, **{name: name for name in sorted(details)})
    both = {
        "api": f"{details['ApiVersion']} (minimum version {details['MinAPIVersion']})",
        "system": f"{details['Os']}/{details['Arch']}",
    }
    return _rows(2, details | both, api="API version", **_MADE, system="OS/Arch", Experimental="Experimental")


def _rows(indent: int, values: dict[str, Any], **names: str) -> list[str]:
    return [f"{' ' * indent}{name}:".ljust(_WIDTH) + str(values[key]) for key, name in names.items()]
