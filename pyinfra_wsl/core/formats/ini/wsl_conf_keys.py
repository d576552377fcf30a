"""The keys of ``/etc/wsl.conf``: one row per name that WSL knows.

Sources: src/linux/init/WslDistributionConfig.cpp and WslDistributionConfig.h (names, types, defaults); the page "Advanced
settings configuration in WSL" (minimum Windows builds).
"""

from pyinfra_wsl.core.formats.ini.keys import Key, table

LINUX_PATH = r"^/[^\u0000-\u001f\u007f]*$"
"""A full path."""

HOST_NAME = r"^(?=.{1,64}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-[A-Za-z0-9]+)*)?$"
"""The names that ``CleanHostname`` of src/shared/inc/stringshared.h leaves as they are."""

USER_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]{0,31}$"
"""The names that shadow-utils accepts with ``--badname``; whether the distribution has the user is seen only there."""

KEYS = table(
    Key("automount", "enabled", "bool", default=True, min_build=17093,
        doc="Mounts fixed Windows drives under automount.root."),
    Key("automount", "root", "string", pattern=LINUX_PATH, default="/mnt", min_build=17093,
        doc="Parent of drive mounts; a trailing slash is added; empty becomes /."),
    Key("automount", "options", "string", min_build=17093,
        doc="DrvFs options appended to the built-in ones (uid, gid, umask, fmask, dmask, metadata, case=off|dir|force). "
            "Quote it when it holds #."),
    Key("automount", "mountFsTab", "bool", default=True, min_build=17093,
        doc="Process /etc/fstab at start."),
    Key("automount", "ldconfig", "bool", default=True,
        doc="Write the ld.so configuration of the GPU libraries and run ldconfig."),
    Key("automount", "cgroups", "enum", default="v2", words=("v1", "v2"), min_wsl="2.6.2", wsl2_only=True,
        doc="cgroup hierarchy. v1 needs .wslconfig wsl2.isolateDistroCgroup=false."),
    Key("filesystem", "umask", "umask", default=18, min_build=18945,
        doc="Default umask (0022). Parsed by strtol base 0: write it with a leading 0 for octal."),
    Key("interop", "enabled", "bool", default=True, min_build=17763,
        doc="Allows starting Windows programs."),
    Key("interop", "appendWindowsPath", "bool", default=True, min_build=17763,
        doc="Appends the Windows PATH."),
    Key("network", "generateHosts", "bool", default=True, min_build=17093,
        doc="Generates /etc/hosts."),
    Key("network", "generateResolvConf", "bool", default=True, min_build=17093,
        doc="Generates /etc/resolv.conf. Must stay true for DNS tunnelling."),
    Key("network", "hostname", "string", pattern=HOST_NAME, otherwise="Windows host name",
        doc="Host name; sanitised (only letters, digits, - and one dot survive, no - after - or ., 64 characters, no "
            "leading/trailing . or -, empty becomes localhost): a.b.c becomes a.bc."),
    Key("time", "useWindowsTimezone", "bool", default=True,
        doc="Follow the Windows time zone."),
    Key("fileServer", "enabled", "bool", default=True,
        doc="The 9P server behind \\\\wsl.localhost."),
    Key("fileServer", "logFile", "string",
        doc="Log file of the 9P server."),
    Key("fileServer", "logLevel", "int", default=4,
        doc="Log level (4 = information)."),
    Key("fileServer", "logTruncate", "bool", default=True,
        doc="Truncate the log at start."),
    Key("gpu", "enabled", "bool", default=True, wsl2_only=True,
        doc="GPU access."),
    Key("gpu", "appendLibPath", "bool", default=True, wsl2_only=True,
        doc="Appends the GPU library folder to the search path."),
    Key("user", "default", "string", pattern=USER_NAME, min_build=18980,
        doc="Default user name. OVERRIDES registry DefaultUid and therefore wsl --manage --set-default-user. Unknown "
            "name: falls back to DefaultUid, then root."),
    Key("boot", "command", "string", min_build=22000,
        doc="Run as root by /bin/sh -c at instance start."),
    Key("boot", "systemd", "bool", default=False, min_wsl="0.67.6", wsl2_only=True,
        doc="Starts /sbin/init as init. Ignored on WSL1 and when /sbin/init is not executable. Distribution images often "
            "ship true."),
    Key("boot", "initTimeout", "int", default=10000, unit="ms", wsl2_only=True,
        doc="How long to wait for systemd; <= 0: do not wait."),
    Key("boot", "protectBinfmt", "bool", default=True, wsl2_only=True,
        doc="Keeps systemd from removing the WSL binfmt entry."),
    Key("general", "guiApplications", "bool", otherwise="value of .wslconfig wsl2.guiApplications", wsl2_only=True,
        doc="WSLg for this distribution."),
)  # fmt: skip
