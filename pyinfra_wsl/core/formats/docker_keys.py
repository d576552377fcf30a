"""Docker Desktop's settings: each key by its documented name, with its type, its default, and where it counts.

Names, types and defaults: Docker's settings reference of 2025, which printed the names of the keys; what the file of
a real laptop had (docker/for-win issues 11574 and 12820), and release notes where a default changed (4.34, 4.65, 4.74, 4.75).
A default that the sources contradict, or that changed with a release, is None: then only what the file says is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["bool", "int", "text", "texts", "any"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the settings.

    Args:
        name: as ``settings-store.json`` has it.
        kind: of its value; ``any`` where no source says.
        default: what an absent key means; None where that is not known, or changed with a release.
        legacy: its name in ``settings.json`` where that is not the same in camelCase.
        words: the values that it may have, where they are known to be all.
        admin: the key of ``admin-settings.json`` that locks it, with dots.
        ours: whether Docker Desktop itself keeps it, and nobody sets it.
        elsewhere: whether it means nothing on Windows.
        doc: what it does.

    """

    name: str
    kind: Kind
    default: Any = None
    legacy: str = ""
    words: tuple[str, ...] = ()
    admin: str = ""
    ours: bool = False
    elsewhere: bool = False
    doc: str = ""

    @property
    def older(self) -> str:
        """Its name in ``settings.json``."""
        return self.legacy or self.name[0].lower() + self.name[1:]

    def takes(self, value: Any) -> bool:
        """Whether a value is of its kind, and one of its words where these are all."""
        if self.words:
            return value in self.words
        if self.kind == "texts":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        types: Mapping[str, type] = {"bool": bool, "int": int, "text": str, "any": object}
        return isinstance(value, types[self.kind]) and not (self.kind == "int" and isinstance(value, bool))

    @property
    def form(self) -> str:
        """How its value is written, for a person."""
        if self.words:
            return f"write one of {', '.join(self.words)}"
        kinds = {"bool": "true or false", "int": "a whole number", "text": "text", "texts": "a list of texts"}
        return f"write {kinds.get(self.kind, 'what Docker Desktop itself writes')}"


TABLE = (
    Key("WslEngineEnabled", "bool", True, admin="linuxVM.wslEngineEnabled",
        doc="Linux engine runs on WSL 2 (true) or on the Hyper-V VM (false)"),
    Key("EnableIntegrationWithDefaultWslDistro", "bool", None,
        doc="Inject docker CLI and socket into whichever distro is the WSL default"),
    Key("IntegratedWslDistros", "texts", (), doc="Extra WSL 2 distro names (exact registered names) that get the integration"),
    Key("CustomWslDistroDir", "text", "",
        doc="Root that holds the WSL engine's disks (sub-folders main\\ext4.vhdx and disk\\docker_data.vhdx)"),
    Key("DataFolder", "text", None, doc="Disk location of the Hyper-V / Linux / Mac VM; ignored by the WSL 2 engine"),
    Key("WslDiskCompactionThresholdGb", "int", 0,
        doc="Free-space threshold for automatic VHDX compaction (compaction temporarily disabled in 4.59)"),
    Key("WslEnableGrpcfuse", "bool", False, doc="gRPC FUSE sharing under WSL"),
    Key("WslInstallMode", "text", "installLatestWsl", words=("installLatestWsl", "manualInstall"),
        doc="Whether Docker Desktop may install/upgrade WSL by itself"),
    Key("WslUpdateRequired", "bool", False, ours=True, doc="Internal flag: the installed WSL is too old"),
    Key("SkipUpdateToWSLPrompt", "bool", False, doc="Do not nag Hyper-V users to move to WSL 2"),
    Key("SkipWSLMountPerfWarning", "bool", False, doc="Do not warn about slow /mnt/c bind mounts"),
    Key("RunWinServiceInWslMode", "bool", False,
        doc="Keep com.docker.service running also with the WSL engine (hosts-file upkeep)"),
    Key("UpdateHostsFile", "bool", None, doc="Maintain *.docker.internal names in the Windows hosts file"),
    Key("UseWindowsContainers", "bool", False,
        doc="Windows engine is the active one; setting it back to false is the documented repair when an engine "
        "switch got stuck"),
    Key("DisplaySwitchWinLinContainers", "bool", False, doc="Show the tray entry that switches Linux/Windows containers"),
    Key("OverrideWindowsDockerdPort", "int", -1, admin="proxy.windowsDockerdPort",
        doc="Port of Docker Desktop's internal proxy for the Windows engine: -1 off, 0 random, >0 fixed"),
    Key("ExposeDockerAPIOnTCP2375", "bool", False, admin="exposeDockerAPIOnTCP2375",
        doc="Unauthenticated API on localhost:2375; GUI lists it for the Hyper-V backend only"),
    Key("Cpus", "int", None, doc="vCPUs of the VM; no effect with WSL 2 (use .wslconfig)"),
    Key("MemoryMiB", "int", None, doc="VM RAM in MiB; no effect with WSL 2"),
    Key("SwapMiB", "int", 1024, doc="VM swap in MiB; 0 broke networking in the 4.25 era; no effect with WSL 2"),
    Key("DiskSizeMiB", "int", None, doc="Maximum size of the VM disk; lowering it deletes the disk"),
    Key("DiskTRIM", "bool", True, doc="Let the VM give freed blocks back"),
    Key("DiskFlush", "text", "os", doc="Disk flush policy"),
    Key("UseResourceSaver", "bool", True,
        doc="Stop the VM when idle (off on WSL in 4.42.1; 4.83 keeps the VM up while a WSL integration is active)"),
    Key("AutoPauseTimedActivitySeconds", "int", 30, doc="Idle seconds before Resource Saver engages"),
    Key("AutoPauseTimeoutSeconds", "int", 300, doc="Upper idle bound before pausing"),
    Key("LifecycleTimeoutSeconds", "int", 600, doc="How long the app waits for the engine to start"),
    Key("AutoStart", "bool", False,
        doc="Start at sign-in; on Windows a Run value named 'Docker Desktop' in HKCU also exists and is "
        "re-created at every start; on Linux use systemctl --user enable docker-desktop"),
    Key("LicenseTermsVersion", "int", 0,
        doc="Version of the subscription agreement this user accepted; 2 is the accepted value seen from 2021 to "
        "SettingsVersion 45 (2026)"),
    Key("DisplayedOnboarding", "bool", False, admin="displayedOnboarding", doc="true hides the welcome survey"),
    Key("ShowInstallScreen", "bool", True, doc="Show the first-run install screen"),
    Key("OpenUIOnStartupDisabled", "bool", None, doc="Do not open the dashboard at start"),
    Key("SettingsVersion", "int", None, ours=True,
        doc="Schema version; seen 12-17 (2021-22), 40 (4.35), 43 and 45 (2026). Never write it yourself"),
    Key("UseCredentialHelper", "bool", True, doc="Write credsStore into ~/.docker/config.json"),
    Key("CredentialHelper", "text", None, elsewhere=True, doc="Credential helper name"),
    Key("DockerBinInstallPath", "text", "system", elsewhere=True, doc="Where CLI binaries are linked"),
    Key("AnalyticsEnabled", "bool", True, admin="analyticsEnabled", doc="Usage statistics and crash reports"),
    Key("DisableUpdate", "bool", None, admin="disableUpdate", doc="Do not look for or announce updates"),
    Key("AutoDownloadUpdates", "bool", False, doc="Fetch updates in the background"),
    Key("SilentModulesUpdate", "bool", True, admin="silentModulesUpdate",
        doc="Update CLI/Compose/Scout components without restart"),
    Key("AcceptCanaryUpdates", "bool", False, doc="Early update channel"),
    Key("UseNightlyBuildUpdates", "bool", False, doc="Nightly update channel"),
    Key("UseContainerdSnapshotter", "bool", None,
        doc="containerd image store; toggling it hides (does not delete) the other store's images"),
    Key("DefaultSnapshotter", "text", "overlayfs", doc="Snapshotter for the containerd store"),
    Key("KubernetesEnabled", "bool", False, admin="kubernetes.enabled", doc="Run the built-in cluster"),
    Key("KubernetesMode", "text", None, words=("kubeadm", "kind"), doc="Provisioner"),
    Key("KubernetesNodesCount", "int", 1, doc="kind node count"),
    Key("KubernetesNodesVersion", "text", None, doc="kind node version"),
    Key("KubernetesImagesRepository", "text", "", admin="kubernetes.imagesRepository", doc="Registry for control-plane images"),
    Key("ShowKubernetesSystemContainers", "bool", False, admin="kubernetes.showSystemContainers",
        doc="Show kube-system containers"),
    Key("ExtensionsEnabled", "bool", None, admin="extensionsEnabled", doc="Docker Extensions"),
    Key("OnlyMarketplaceExtensions", "bool", None, admin="onlyMarketplaceExtensions", doc="Block side-loaded extensions"),
    Key("EnhancedContainerIsolation", "bool", False, admin="enhancedContainerIsolation",
        doc="ECI; Business only; needs WSL >= 2.6 on the WSL engine"),
    Key("BlockDockerLoad", "bool", False, admin="blockDockerLoad", doc="Forbid docker load"),
    Key("DesktopTerminalEnabled", "bool", False, admin="desktopTerminalEnabled", doc="Integrated host terminal"),
    Key("AllowBetaFeatures", "bool", None, admin="allowBetaFeatures", doc="Beta features"),
    Key("AllowExperimentalFeatures", "bool", True, admin="allowExperimentalFeatures", doc="Experimental features"),
    Key("EnableDockerAI", "bool", False, admin="enableDockerAI", doc="Gordon assistant"),
    Key("HostNetworkingEnabled", "bool", False, doc="--net=host support"),
    Key("KernelForUDP", "bool", False, elsewhere=True, doc="Kernel path for UDP"),
    Key("NetworkType", "text", "gvisor", elsewhere=True, doc="User-space network stack"),
    Key("DefaultNetworkingMode", "text", None, words=("ipv4only", "ipv6only", "dual-stack"), admin="defaultNetworkingMode",
        doc="IP family of new networks"),
    Key("VpnkitCIDR", "text", None, admin="linuxVM.vpnkitCIDR", doc="Internal subnet"),
    Key("VpnKitMTU", "int", 1500, doc="vpnkit MTU"),
    Key("VpnKitAllowedBindAddresses", "text", "0.0.0.0", doc="Addresses vpnkit may bind"),  # noqa: S104 - Docker's own default
    Key("VpnKitMaxConnections", "int", 2000, doc="vpnkit connection cap"),
    Key("VpnKitMaxPortIdleTime", "int", 300, doc="Seconds before idle ports close"),
    Key("SocksProxyPort", "int", 0, doc="Local SOCKS port"),
    Key("ProxyLocalhostPort", "int", 0, doc="Fixed localhost port of the internal proxy"),
    Key("FilesharingDirectories", "texts", (), admin="filesharingAllowedDirectories",
        doc="Host folders shareable into containers (not WSL 2)"),
    Key("SynchronizedDirectories", "texts", (), doc="Synchronized file shares (paid)"),
    Key("ProxyHTTPMode", "text", "system", legacy="proxyHttpMode", admin="proxy.mode",
        doc="Where host-level proxy values come from; manual is needed before any Override* value counts"),
    Key("OverrideProxyHTTP", "text", "", legacy="overrideProxyHttp", admin="proxy.http", doc="HTTP proxy"),
    Key("OverrideProxyHTTPS", "text", "", legacy="overrideProxyHttps", admin="proxy.https", doc="HTTPS proxy"),
    Key("OverrideProxyExclude", "text", "", admin="proxy.exclude", doc="Proxy bypass list"),
    Key("OverrideProxyPAC", "text", "", admin="proxy.pac", doc="PAC URL"),
    Key("OverrideProxyTCP", "text", "", doc="TCP proxy"),
    Key("ProxyEnableKerberosNTLM", "bool", False, admin="proxy.enableKerberosNtlm", doc="Kerberos/NTLM proxy auth (Business)"),
    Key("ContainersProxyHTTPMode", "text", None, doc="Mode of the container proxy (air-gapped containers)"),
    Key("ContainersOverrideProxyHTTP", "text", "", doc="Container HTTP proxy"),
    Key("ContainersOverrideProxyHTTPS", "text", "", doc="Container HTTPS proxy"),
    Key("ContainersOverrideProxyExclude", "text", "", doc="Container proxy bypass"),
    Key("ContainersOverrideProxyPAC", "text", "", doc="Container PAC URL"),
    Key("ContainersOverrideProxyTCP", "text", "", doc="Container TCP proxy"),
    Key("ContainersOverrideProxyTransparentPorts", "text", "80,443", doc="Ports handled transparently"),
    Key("DisableHardwareAcceleration", "bool", False,
        doc="Software rendering of the GUI (green or garbled window, GPU-less VMs)"),
    Key("DeprecatedCgroupv1", "bool", False, doc="cgroup v1 in the VM"),
    Key("SbomIndexing", "bool", True, admin="scout.sbomIndexing", doc="Scout SBOM on demand"),
    Key("UseBackgroundIndexing", "bool", False, admin="scout.useBackgroundIndexing", doc="Scout SBOM in background"),
    Key("EnableIntegrityCheck", "bool", True, doc="Configuration integrity check"),
    Key("ThemeSource", "text", "system", words=("light", "dark", "system"), doc="GUI theme"),
    Key("ContainerTerminal", "text", "integrated", words=("integrated", "system"), doc="Terminal used by the dashboard"),
    Key("ShowAnnouncementNotifications", "bool", True, doc="Announcements"),
    Key("ShowGeneralNotifications", "bool", True, doc="Status messages"),
    Key("ShowPromotionalNotifications", "bool", True, doc="Promotions"),
    Key("ShowSurveyNotifications", "bool", True, doc="Surveys"),
    Key("ScoutNotificationPopupsEnabled", "bool", True, doc="Scout pop-ups"),
    Key("ScoutOsNotificationsEnabled", "bool", False, doc="Scout OS notifications"),
    Key("LastContainerdSnapshotterEnable", "int", 0, ours=True, doc="Internal timestamp"),
    Key("ExtraDNSEntries", "any", None, doc="Custom DNS entries in the VM (introduced 4.56); store-file shape not found"),
    Key("ActiveOrganizationName", "any", None),
    Key("BackupData", "any", None, ours=True),
    Key("DevEnvironmentsEnabled", "any", None),
    Key("DiskStats", "any", None, ours=True),
    Key("DisplayRestartDialog", "any", None),
    Key("Displayed18362Deprecation", "any", None),
    Key("DisplayedElectronPopup", "any", None),
    Key("DockerAppLaunchPath", "any", None),
    Key("DockerDebugDefaultEnabled", "any", None),
    Key("ECIDockerSocketAllowDerivedImages", "any", None),
    Key("ECIDockerSocketCmdList", "any", None),
    Key("ECIDockerSocketCmdListType", "any", None),
    Key("EnableDefaultDockerSocket", "any", None),
    Key("EnableSegmentDebug", "any", None),
    Key("EnableWasmShims", "any", None),
    Key("ExtensionsPrivateMarketplace", "bool", False, admin="extensionsPrivateMarketplace", doc="Private marketplace"),
    Key("ExtensionsPrivateMarketplaceAdminContactURL", "text", "", admin="extensionsPrivateMarketplaceAdminContactURL",
        doc="Contact link"),
    Key("LastLoginDate", "any", None, ours=True),
    Key("LatestBannerKey", "any", None, ours=True),
    Key("RequireVmnetd", "any", None),
    Key("ShowExtensionsSystemContainers", "any", None),
    Key("UpdateAvailableTime", "any", None, ours=True),
    Key("UpdateInstallTime", "any", None, ours=True),
    Key("UseGrpcfuse", "bool", True, admin="useGrpcfuse", elsewhere=True,
        doc="gRPC FUSE; with both sharing switches false Docker Desktop does not start"),
    Key("UseLibkrun", "any", None),
    Key("UseVirtualizationFramework", "any", None),
    Key("UseVirtualizationFrameworkRosetta", "bool", True, admin="useVirtualizationFrameworkRosetta", elsewhere=True,
        doc="Rosetta"),
    Key("UseVirtualizationFrameworkVirtioFS", "bool", True, admin="useVirtualizationFrameworkVirtioFS", elsewhere=True,
        doc="VirtioFS"),
    Key("UseVpnkit", "any", None),
    Key("VpnKitTransparentProxy", "any", None),
)  # fmt: skip

_KNOWN = {key.name.lower(): key for key in TABLE}
_OLDER = {key.older.lower(): key for key in TABLE}

HYPER_V_ONLY: Mapping[str, str] = {
    "Cpus": "wslconfig: {wsl2: {processors: …}}",
    "MemoryMiB": "wslconfig: {wsl2: {memory: …}}",
    "SwapMiB": "wslconfig: {wsl2: {swap: …}}",
    "DiskSizeMiB": "nothing: the disk of that engine grows as it is used",
    "DataFolder": "package: {options: {wsl-default-data-root: …}} of the first installation",
    "FilesharingDirectories": "nothing: WSL shares every drive",
}
"""What the WSL 2 engine ignores, and where it belongs then (Docker, "Change your Docker Desktop settings")."""


def find(name: str) -> Key | None:
    """Return a key by its name of either generation, in any case; None for one that no source names."""
    return _KNOWN.get(name.lower()) or _OLDER.get(name.lower())
