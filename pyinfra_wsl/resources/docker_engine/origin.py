"""What a distribution rests on, and whether it is booted from an image, as its os-release tells beyond its own name.

freedesktop.org, "os-release": ``VARIANT_ID``; ``UBUNTU_CODENAME`` and ``DEBIAN_CODENAME`` of derivatives, ``PLATFORM_ID`` of
Fedora's modularity, ``OSTREE_VERSION`` of rpm-ostree: each system's own file.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core.linux.host import Os, os_values

_VARIANTS = frozenset(
    {"silverblue", "kinoite", "sericea", "onyx", "sway-atomic", "budgie-atomic", "cosmic-atomic", "coreos", "iot", "bootc"}
)
_SYSTEMS = frozenset(
    {"ubuntu-core", "steamos", "endless", "vanillaos", "opensuse-microos", "suse-microos", "sle-micro", "sl-micro"}
    | {"opensuse-aeon", "opensuse-kalpa", "opensuse-leap-micro", "bazzite", "bluefin", "aurora", "rhcos", "scos"}
    | {"coreos", "flatcar", "bottlerocket", "cos", "blendos", "chimeraos"}
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a distribution comes from.

    Args:
        ubuntu: ``UBUNTU_CODENAME``: the release of Ubuntu on which it rests.
        debian: ``DEBIAN_CODENAME``: the release of Debian on which it rests.
        platform: ``PLATFORM_ID``, such as ``platform:el9``.
        variant: ``VARIANT_ID``.
        ostree: whether it is booted from an image by ostree.
        architecture: of its packages, in Debian's word; empty where nobody knows.

    """

    ubuntu: str = ""
    debian: str = ""
    platform: str = ""
    variant: str = ""
    ostree: bool = False
    architecture: str = ""

    def image(self, os: Os) -> bool:
        """Whether a distribution is booted from an image: its /usr is read-only, or an update replaces what was put there."""
        return self.ostree or os.id in _SYSTEMS or self.variant in _VARIANTS or os.name.startswith("Vanilla OS")


def read(text: str, architecture: str = "", *, ostree: bool = False) -> Origin:
    """Read /etc/os-release.

    Args:
        text: what stands in it.
        architecture: of the packages, in Debian's word.
        ostree: whether the host was booted by ostree.

    """
    values = os_values(text)
    return Origin(
        values.get("UBUNTU_CODENAME", ""),
        values.get("DEBIAN_CODENAME", ""),
        values.get("PLATFORM_ID", ""),
        values.get("VARIANT_ID", ""),
        ostree or bool(values.get("OSTREE_VERSION")),
        architecture,
    )
