"""Which repository for which distribution; the values are those of real os-release files, shortened to what decides."""

from pathlib import Path

import pytest

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import read_os
from pyinfra_wsl.resources.docker_engine.origin import read
from pyinfra_wsl.resources.docker_engine.release import release

IMAGE, NONE, OLD, UNSAID = (
    "image that is replaced",
    "has no repository",
    "no longer has packages",
    "does not say on which release",
)

# PRETTY_NAME, ID, ID_LIKE, VERSION_ID, the rest; what comes of it: "folder suite", or words of the refusal.
ROWS = [
    ("Debian GNU/Linux 11", "debian", "", "11", "VERSION_CODENAME=bullseye", "debian bullseye"),
    ("Debian GNU/Linux 12", "debian", "", "12", "VERSION_CODENAME=bookworm", "debian bookworm"),
    ("Debian GNU/Linux 13", "debian", "", "13", "VERSION_CODENAME=trixie", "debian trixie"),
    ("Debian GNU/Linux forky/sid", "debian", "", "", "VERSION_CODENAME=forky", "debian forky"),
    ("Debian GNU/Linux 10", "debian", "", "10", "VERSION_CODENAME=buster", OLD),
    ("Ubuntu 18.04.6 LTS", "ubuntu", "debian", "18.04", "VERSION_CODENAME=bionic UBUNTU_CODENAME=bionic", OLD),
    ("Ubuntu 22.04.5 LTS", "ubuntu", "debian", "22.04", "VERSION_CODENAME=jammy UBUNTU_CODENAME=jammy", "ubuntu jammy"),
    ("Ubuntu 24.04.3 LTS", "ubuntu", "debian", "24.04", "VERSION_CODENAME=noble UBUNTU_CODENAME=noble", "ubuntu noble"),
    ("Ubuntu 26.04 LTS", "ubuntu", "debian", "26.04", "VERSION_CODENAME=resolute UBUNTU_CODENAME=resolute", "ubuntu resolute"),
    ("Ubuntu Core 24", "ubuntu-core", "", "24", "", IMAGE),
    ("Linux Mint 19.3", "linuxmint", "ubuntu", "19.3", "VERSION_CODENAME=tricia UBUNTU_CODENAME=bionic", OLD),
    ("Linux Mint 22", "linuxmint", "ubuntu debian", "22", "VERSION_CODENAME=wilma UBUNTU_CODENAME=noble", "ubuntu noble"),
    ("LMDE 6 (faye)", "linuxmint", "debian", "6", "VERSION_CODENAME=faye DEBIAN_CODENAME=bookworm", "debian bookworm"),
    ("Pop!_OS 20.04 LTS", "pop", "ubuntu debian", "20.04", "VERSION_CODENAME=focal UBUNTU_CODENAME=focal", OLD),
    ("Pop!_OS 22.04 LTS", "pop", "ubuntu debian", "22.04", "VERSION_CODENAME=jammy UBUNTU_CODENAME=jammy", "ubuntu jammy"),
    ("elementary OS 7 Horus", "elementary", "ubuntu debian", "7", "VERSION_CODENAME=horus UBUNTU_CODENAME=jammy", "ubuntu jammy"),
    ("Zorin OS 16", "zorin", "ubuntu", "16", "VERSION_CODENAME=focal UBUNTU_CODENAME=focal", OLD),
    ("Zorin OS 17", "zorin", "ubuntu debian", "17", "VERSION_CODENAME=jammy UBUNTU_CODENAME=jammy", "ubuntu jammy"),
    ("KDE neon 5.27", "neon", "ubuntu debian", "22.04", "VERSION_CODENAME=jammy UBUNTU_CODENAME=jammy", "ubuntu jammy"),
    ("Trisquel Aramo (11.0)", "trisquel", "debian", "11.0", "VERSION_CODENAME=aramo UBUNTU_CODENAME=jammy", "ubuntu jammy"),
    ("Bodhi 6.0.0", "ubuntu", "debian", "20.04", "VERSION_CODENAME=focal UBUNTU_CODENAME=focal", OLD),
    ("Vanilla OS 2 stable", "ubuntu", "debian", "2", "VERSION_CODENAME=orchid UBUNTU_CODENAME=sid", IMAGE),
    ("Endless OS 5.1.1", "endless", "ubuntu debian", "5.1.1", "", IMAGE),
    ("Kali GNU/Linux Rolling", "kali", "debian", "2025.4", "VERSION_CODENAME=kali-rolling", UNSAID),
    ("Parrot OS 5.3", "parrot", "debian", "5.3", "VERSION_CODENAME=ara", UNSAID),
    ("PikaOS 4", "pika", "debian", "4", "VERSION_CODENAME=nest DEBIAN_CODENAME=sid", UNSAID),
    ("Devuan GNU/Linux 5 (daedalus)", "devuan", "debian", "5", "VERSION_CODENAME=daedalus", UNSAID),
    ("Tails", "tails", "debian", "", "", UNSAID),
    ("PureOS", "pureos", "", "10.0", "VERSION_CODENAME=byzantium", NONE),
    ("Deepin 20.9", "Deepin", "", "20.9", "VERSION_CODENAME=apricot", NONE),
    ("BookwormPup32 23.12", "debian", "", "23.12", "VERSION_CODENAME=bookworm", "debian bookworm"),
    ("Raspbian GNU/Linux 12 (bookworm)", "raspbian", "debian", "12", "VERSION_CODENAME=bookworm", "raspbian bookworm"),
    ("Raspbian GNU/Linux 10 (buster)", "raspbian", "debian", "10", "VERSION_CODENAME=buster", OLD),
    ("Fedora Linux 42", "fedora", "", "42", "PLATFORM_ID=platform:f42 VARIANT_ID=server", "fedora 42"),
    ("Fedora Linux 40", "fedora", "", "40", "PLATFORM_ID=platform:f40 VARIANT_ID=workstation", OLD),
    ("Fedora Linux 42 (Silverblue)", "fedora", "", "42", "PLATFORM_ID=platform:f42 VARIANT_ID=silverblue", IMAGE),
    ("Fedora Linux 42 (Kinoite)", "fedora", "", "42", "PLATFORM_ID=platform:f42 VARIANT_ID=kinoite", IMAGE),
    ("Fedora CoreOS 42", "fedora", "", "42", "PLATFORM_ID=platform:f42 VARIANT_ID=coreos", IMAGE),
    ("Fedora Linux 42 (IoT Edition)", "fedora", "", "42", "PLATFORM_ID=platform:f42 VARIANT_ID=iot", IMAGE),
    ("Bazzite 42", "bazzite", "rhel centos fedora", "42", "PLATFORM_ID=platform:f42 OSTREE_VERSION=42.1", IMAGE),
    ("Nobara Linux 40 (KDE Plasma)", "nobara", "rhel centos fedora", "40", "PLATFORM_ID=platform:f40 VARIANT_ID=kde", OLD),
    (
        "Nobara Linux 42 (KDE Plasma)",
        "nobara",
        "rhel centos fedora",
        "42",
        "PLATFORM_ID=platform:f42 VARIANT_ID=kde",
        "fedora 42",
    ),
    ("Nobara Linux 36", "nobara", "", "36", "PLATFORM_ID=platform:f36", NONE),
    ("Ultramarine Linux 40", "ultramarine", "fedora", "40", "PLATFORM_ID=platform:um40 VARIANT_ID=flagship", UNSAID),
    ("Red Hat Enterprise Linux 8.10", "rhel", "fedora", "8.10", "PLATFORM_ID=platform:el8", "rhel 8"),
    ("Red Hat Enterprise Linux 9.6", "rhel", "fedora", "9.6", "PLATFORM_ID=platform:el9", "rhel 9"),
    ("Red Hat Enterprise Linux 10.1", "rhel", "centos fedora", "10.1", "PLATFORM_ID=platform:el10", "rhel 10"),
    ("Red Hat Enterprise Linux 7.5", "rhel", "fedora", "7.5", "VARIANT_ID=server", OLD),
    ("CentOS Stream 9", "centos", "rhel fedora", "9", "PLATFORM_ID=platform:el9", "centos 9"),
    ("CentOS Stream 10", "centos", "rhel fedora", "10", "PLATFORM_ID=platform:el10", "centos 10"),
    ("CentOS Linux 7 (Core)", "centos", "rhel fedora", "7", "", OLD),
    ("Rocky Linux 8.9", "rocky", "rhel centos fedora", "8.9", "PLATFORM_ID=platform:el8", "rhel 8"),
    ("Rocky Linux 10.0", "rocky", "rhel centos fedora", "10.0", "PLATFORM_ID=platform:el10", "rhel 10"),
    ("AlmaLinux 9.6", "almalinux", "rhel centos fedora", "9.6", "PLATFORM_ID=platform:el9", "rhel 9"),
    ("Oracle Linux Server 9.1", "ol", "fedora", "9.1", "PLATFORM_ID=platform:el9 VARIANT_ID=server", "rhel 9"),
    ("Oracle Linux Server 7.8", "ol", "fedora", "7.8", "VARIANT_ID=server", UNSAID),
    ("Scientific Linux 7.5", "scientific", "rhel centos fedora", "7.5", "", UNSAID),
    ("Amazon Linux 2", "amzn", "centos rhel fedora", "2", "", "no rebuild of RHEL"),
    ("Amazon Linux 2023", "amzn", "fedora", "2023", "PLATFORM_ID=platform:al2023", "no rebuild of RHEL"),
    ("SUSE Linux Enterprise Server 15 SP7", "sles", "suse", "15.7", "", NONE),
    ("openSUSE Leap 15.6", "opensuse-leap", "suse opensuse", "15.6", "", NONE),
    ("openSUSE Tumbleweed", "opensuse-tumbleweed", "opensuse suse", "20240823", "", NONE),
    ("openSUSE MicroOS", "opensuse-microos", "suse opensuse opensuse-tumbleweed", "20240823", "", IMAGE),
    ("SUSE Linux Enterprise Micro 5.1", "suse-microos", "suse", "5.1", "", IMAGE),
    ("SteamOS", "steamos", "arch", "3.7.16", "VERSION_CODENAME=holo VARIANT_ID=steamdeck", IMAGE),
    ("Arch Linux", "arch", "", "", "", NONE),
    ("Manjaro Linux", "manjaro", "arch", "", "", NONE),
    ("Alpine Linux v3.22", "alpine", "", "3.22.1", "", NONE),
    ("NixOS 25.05 (Warbler)", "nixos", "", "25.05", "VERSION_CODENAME=warbler", NONE),
]


def place(row, **also):
    name, system, like, version, rest, _ = row
    text = f'PRETTY_NAME="{name}"\nID={system}\nID_LIKE="{like}"\nVERSION_ID="{version}"\n' + "\n".join(rest.split())
    return release(read_os(text), read(text, **also))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_release_has_its_place_or_its_reason(row):
    found, expected = place(row), row[-1]
    if isinstance(found, Failure):
        assert expected in found.cause
        assert row[0] in found.cause
        assert found.remedy
    else:
        assert f"{found.folder} {found.suite}" == expected


@pytest.mark.parametrize("row", [row for row in ROWS if " " in row[-1] and row[-1].split()[0] in ("ubuntu", "fedora", "rhel")])
def test_a_derivative_is_said_to_be_none_that_docker_tests(row):
    assert ("does not test" in place(row).warning) == (row[1] not in ("ubuntu", "fedora", "rhel"))


def by_name(name):
    return next(row for row in ROWS if row[0] == name)


def test_too_old_a_base_is_named_with_what_rests_on_it():
    found = place(by_name("Linux Mint 19.3"))
    assert found.cause == "Docker no longer has packages for Ubuntu 18.04, on which Linux Mint 19.3 rests"
    assert found.remedy == "upgrade it to a release that rests on Ubuntu 22.04 or newer"


def test_a_pi_with_64_bit_packages_has_debians_and_with_32_its_own():
    pi = by_name("Raspbian GNU/Linux 12 (bookworm)")
    assert (place(pi, architecture="armhf").folder, place(pi, architecture="arm64").folder) == ("raspbian", "debian")
    assert "Docker 28 is the last" in place(pi, architecture="armhf").warning


def test_an_architecture_for_which_docker_builds_nothing_is_refused():
    found = place(by_name("BookwormPup32 23.12"), architecture="i386")
    assert found.cause == "Docker has no packages for i386, the architecture of BookwormPup32 23.12"


def test_a_host_that_was_booted_by_ostree_is_an_image_whatever_its_name():
    assert IMAGE in place(by_name("Red Hat Enterprise Linux 9.6"), ostree=True).cause
    assert IMAGE in place(by_name("CentOS Stream 10"), ostree=True).cause


def test_another_distributions_codename_is_no_release_of_ubuntu():
    assert UNSAID in place(("Strange", "ubuntu", "debian", "2", "VERSION_CODENAME=orchid UBUNTU_CODENAME=sid", "")).cause


PAGE = Path(__file__).parents[3] / "docs/linux.md"
WHY = {IMAGE: "booted from an image", OLD: "too old", UNSAID: "names no release on which it rests", NONE: "no repository"}
BEDS = {"Debian GNU/Linux 11", "Debian GNU/Linux 12", "Debian GNU/Linux 13"}


def told(row):
    """Return what the page says of a distribution: Docker's repository or why there is none, and how that is known."""
    found = place(row)
    if isinstance(found, Failure):
        return next((why for words, why in WHY.items() if words in found.cause), "no repository"), "refused"
    return f"`{found.folder}`", "run on a test host" if row[0] in BEDS else "cases only"


def test_the_page_says_of_each_distribution_what_comes_of_it_and_how_that_is_known():
    text = PAGE.read_text().partition("| distribution | Docker's repository | how it is known |\n")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[1:]]
    page = {name: (place, known) for names, place, known in cells for name in names.split(", ")}
    assert page == {row[0]: told(row) for row in ROWS}
