"""Values of a host that break a rule: the values, the path of the problem, a part of what is said."""

SHA = "a" * 64
DISTRO = {"source": "u.tar.gz", "sha256": SHA}


def distros(**named):
    return {"wsl_distros": {name: {**DISTRO, **more} for name, more in named.items()}}


BROKEN = [
    ({"hypervisor": {"launch": "off", "memory_integrity": "on"}}, "hypervisor.memory_integrity", "runs on the hypervisor"),
    (distros(**{"docker-desktop": {}}), "wsl_distros.docker-desktop", "belongs to Docker Desktop"),
    (
        {"windows_features": {"VirtualMachinePlatfrom": "enabled"}},
        "windows_features.VirtualMachinePlatfrom",
        "did you mean VirtualMachinePlatform?",
    ),
    (
        {"windows_features": {"TelnetClient": "enabled", "telnetclient": "disabled"}},
        "windows_features.telnetclient",
        "is the same feature as TelnetClient for Windows",
    ),
    (
        {"windows_features": {"virtualmachineplatform": "enabled"}},
        "windows_features.virtualmachineplatform",
        "did you mean VirtualMachinePlatform?",
    ),
    ({"reboot": {"policy": "window"}}, "reboot.window", '"22:00-06:00"'),
    ({"reboot": {"window": "22:00-22:00"}}, "reboot.window", "has no length"),
    ({"connection": {"password_from": {"env": "A", "command": ["b"]}}}, "connection.password_from", "remove it with env: null"),
    ({"connection": {"password_from": {}}}, "connection.password_from", "names no source"),
    ({"wsl": {"package": {"installer": "w.msi"}}}, "wsl.package.sha256", "sha256sum 'w.msi'"),
    ({"wsl": {"package": {"installer": "https://x/w.msi"}}}, "wsl.package.sha256", "curl -fsSL 'https://x/w.msi' | sha256sum"),
    ({"wsl": {"package": {"installer": r"\\s\w.msi"}}}, "wsl.package.sha256", r'certutil -hashfile "\\s\w.msi" SHA256'),
    ({"wsl": {"package": {"minimum": "2.6.1", "version": "2.5.0"}}}, "wsl.package.version", "contradicts minimum"),
    ({"wsl": {"package": {"sha256": SHA}}}, "wsl.package.installer", "add installer"),
    ({"wsl_distros": {"U": {"source": "u.tar"}}}, "wsl_distros.U.sha256", "sha256sum 'u.tar'"),
    ({"wsl_distros": {"U": {"sha256": SHA}}}, "wsl_distros.U.source", "add source"),
    ({"wsl_distros": {"U": {"version": 2, "format": "tar"}}}, "wsl_distros.U.format", "no source is declared"),
    (distros(U={"location": r"D:\wsl\u"}, V={"location": "d:/WSL/./U/"}), "wsl_distros.V.location", "is the location of U too"),
    (
        distros(U={"location": r"%LOCALAPPDATA%\wsl\u"}, V={"location": r"%UserProfile%\AppData\Local\wsl\u"}),
        "wsl_distros.V.location",
        "is the location of U too",
    ),
    ({"wsl_distros": {"U": {"state": "absent"}}}, "wsl_distros.U.state", "allow_data_loss: true"),
    (distros(U={"state": "absent", "allow_data_loss": True, "default": True}), "wsl_distros.U.default", "is absent"),
    (
        distros(U={"state": "absent", "allow_data_loss": True, "docker_integration": True}),
        "wsl_distros.U.docker_integration",
        "is absent",
    ),
    (distros(U={"version": 1, "docker_integration": True}), "wsl_distros.U.docker_integration", "version 2 only"),
    (
        {**distros(U={"docker_integration": True}), "wsl": {"default_version": 1}},
        "wsl_distros.U.docker_integration",
        "version 2 only",
    ),
    (distros(U={"version": 1, "source": "u.vhdx"}), "wsl_distros.U.version", "virtual disk"),
    (distros(U={"version": 1, "format": "vhd"}), "wsl_distros.U.version", "virtual disk"),
    (distros(U={"default": True}, V={"default": True}), "wsl_distros.V.default", "beside U"),
    (distros(Ubuntu={}, ubuntu={}), "wsl_distros.ubuntu", "the same name as Ubuntu"),
    (distros(U={"default_user": "ada", "wsl_conf": {"user": {"default": "bo"}}}), "wsl_distros.U.default_user", "contradicts"),
    ({"docker_engine": {"rootless": True}}, "docker_engine.rootless", "name them in users"),
    ({"docker_desktop_linux": {"package": {"source": "d.deb", "sha256": SHA}}}, "docker_desktop_linux.user", "is missing"),
    ({"docker_desktop_linux": {"user": "ada", "version": "4.50.0"}}, "docker_desktop_linux.package", "is missing"),
    (
        {"docker_desktop_linux": {"user": "ada", "package": {"source": "d.deb"}}},
        "docker_desktop_linux.package.sha256",
        "sha256sum 'd.deb'",
    ),
]
