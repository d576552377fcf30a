"""What a distribution's init says of ``/etc/wsl.conf`` (tag 2.6.1 unless another is named).

src/linux/init/WslDistributionConfig.cpp for the keys, InitEntryUtilityVm in src/linux/init/init.cpp for where it is said.
"""

import pytest
from wsl_laptop import Laptop, archive, laptop

from pyinfra_wsl.lab.wsl.texts import Tongue, numbers

PATH = r"C:\Users\alice\.wslconfig"
CONF = "/etc/wsl.conf"


def ready(conf: bytes, **settings) -> Laptop:
    here = laptop(**settings)
    here.register("D", root=archive(**{"etc__wsl.conf": conf}))
    return here


def said(here: Laptop, name: str = "D") -> list[str]:
    """The warnings of a start, each without its ``wsl: ``."""
    outcome = here.wsl("-d", name, "-e", "true")
    return [warning.rstrip() for warning in outcome.stderr.decode().split("wsl: ") if warning]


def english(package: str, name: str, *values: object) -> str:
    return Tongue("en-US", numbers(package)).text(name, *values)


@pytest.mark.parametrize(
    ("conf", "text"),
    [
        (b"[boot]\nsystmed=true\n", ("MessageConfigUnknownKey", "boot.systmed", CONF, 2)),
        (b"[boot]\nsystemd=yes\n", ("MessageConfigInvalidBoolean", "yes", "boot.systemd", CONF, 2)),
        (b"[boot]\ninitTimeout=x\n", ("MessageConfigInvalidInteger", "x", "boot.initTimeout", CONF, 2)),
        (b"[boot]\ninitTimeout=9999999999\n", ("MessageConfigInvalidInteger", "9999999999", "boot.initTimeout", CONF, 2)),
        (b"[boot]\r\nsystemd=true\r\nx=1\r\n", ("MessageConfigUnknownKey", "boot.x", CONF, 5)),
        (b"nonsense\n[boot]\nx=1\n", ("MessageConfigExpected", "'='", CONF, 1)),
        (
            b"[user]\ndefault=dev\ndefault=root\n",
            ("MessageConfigKeyDuplicated", "user.default", CONF, 3, "user.default", CONF, 2),
        ),
        (b"[automount]\ncgroups=v1\n", ("MessageConfigUnknownKey", "automount.cgroups", CONF, 2)),
        (
            "[network]\nhostname=ü\ngenerateHosts=ü\n".encode(),
            ("MessageConfigInvalidBoolean", "ü", "network.generateHosts", CONF, 3),
        ),
    ],
)
def test_wsl_conf_is_told_of_on_stderr_of_the_command_that_starts_in_english_and_once(conf, text):
    here = ready(conf, culture="de-DE")

    async def tell():
        first = await here.call("-d", "D", "-e", "true")
        assert first.stderr.decode() == f"wsl: {english('2.6.1', *text)}\r\n"
        assert (await here.call("-d", "D", "-e", "true")).stderr == b""

    here.story(tell)


@pytest.mark.parametrize(("package", "known"), [("2.6.1.0", False), ("2.6.2.0", True)])
def test_wsl_conf_has_cgroups_from_2_6_2_on(package, known):
    here = ready(b"[automount]\ncgroups=v3\n", package=package)
    name = "MessageConfigInvalidEnum" if known else "MessageConfigUnknownKey"
    values = ("v3", "automount.cgroups", CONF, 2, "v1, v2") if known else ("automount.cgroups", CONF, 2)
    assert said(here) == [english(package, name, *values)]


def test_wsl1_keeps_what_it_has_to_say_of_wsl_conf_in_its_log():
    # InitEntryWsl: ConsumeWarnings goes to LOG_ERROR
    here = laptop()
    here.register("one", version=1, root=archive(**{"etc__wsl.conf": b"nonsense\n"}))
    assert said(here, "one") == []


def test_the_last_of_the_warnings_are_those_of_wsl_conf():
    here = ready(b"nonsense\n")
    here.put(PATH, b"[wsl2]\nx=1\nswapFile=Z:/none\n")
    assert [warning.split("'")[1] for warning in said(here)] == ["wsl2.x", "Z:/none.vhdx", "="]
