"""What the lab cannot do, or does wrong, is loud: nobody takes it for an answer of Windows or Linux."""

from __future__ import annotations

import asyncio

import pytest
from lab_laptop import LabLaptop, error
from wsl_laptop import code, laptop, text

from pyinfra_wsl.lab.exe.linux import PROGRAMS_OF_LINUX
from pyinfra_wsl.lab.exe.linux_common import COMMON
from pyinfra_wsl.lab.exe.wsl_console import Client
from pyinfra_wsl.lab.machine import text as windows_texts
from pyinfra_wsl.lab.machine.program import Invocation
from pyinfra_wsl.lab.machine.start import COMPLAINT, Programs
from pyinfra_wsl.lab.wsl.errors import CODES, WslError


def test_a_fault_of_the_lab_itself_is_told_on_standard_error_and_in_the_status():
    here = LabLaptop()

    async def faulty(_invocation):
        raise KeyError("oops")

    here.machine.part(Programs).table = {**here.machine.part(Programs).table, "reg.exe": faulty}
    outcome = here.run("reg.exe", "query", "HKLM")
    assert outcome.code == COMPLAINT
    assert error(outcome) == "lab: C:\\Windows\\System32\\reg.exe: a fault of the lab itself: KeyError('oops')\n"
    assert here.machine.complaints == [r"C:\Windows\System32\reg.exe: KeyError('oops')"]


@pytest.mark.parametrize(
    "line", ["grep a /etc/passwd", "sed s/a/b/ /etc/passwd", "type ls", "export A=b", "A=b id", "apt-get update"]
)
@pytest.mark.parametrize("how", [(), ("-e",)], ids=["by the shell", "by itself"])
def test_a_linux_program_that_a_distribution_may_well_have_is_complained_of(line, how):
    here = laptop()
    here.register("D")
    outcome = here.wsl("-d", "D", *how, *line.split())
    if how and line == "A=b id":
        assert (outcome.code, b"execvpe(A=b)" in outcome.stderr) == (1, True)
        return
    assert (outcome.code, outcome.stderr[:5]) == (COMPLAINT, b"lab: ")


def test_what_is_simulated_is_not_complained_of():
    assert sorted(COMMON & set(PROGRAMS_OF_LINUX)) == []


@pytest.mark.parametrize("name", sorted(CODES))
def test_no_failure_says_success_or_that_the_lab_does_not_know(name):
    here = laptop()

    async def tell():
        said = bytearray()

        async def out(data):
            said.extend(data)

        process = here.machine.processes.add("wsl.exe", here.token)
        invocation = Invocation(here.machine, here.token, ["wsl.exe"], "", b"", {"WSL_UTF8": "1"}, "C:", process, out)
        assert await Client.of(invocation).fail(WslError(name)) == -1
        return said.decode()

    words = asyncio.run(tell())
    assert windows_texts.message("en-US", 0) not in words
    assert "Unknown" not in words


def test_the_lab_has_no_text_of_its_own_for_an_error_of_windows():
    with pytest.raises(LookupError, match="0x4d2"):
        windows_texts.message("en-US", 1234)


def test_an_export_whose_vm_ends_is_a_failure_of_wsl_and_leaves_no_file():
    here = laptop().slow()
    here.register("D")

    async def tell():
        export = asyncio.ensure_future(here.call("--export", "D", r"C:\Users\alice\x.tar"))
        await here.machine.sleep(1)
        assert (await here.call("--shutdown")).code == 0
        outcome = await export
        assert code(outcome) == "Wsl/Service/E_UNEXPECTED"
        assert text(outcome).startswith("Catastrophic failure")
        assert not here.machine.files.exists(r"C:\Users\alice\x.tar")

    here.story(tell)


def test_an_export_to_a_folder_leaves_the_folder():
    here = laptop()
    here.register("D")
    assert code(here.wsl("--export", "D", r"C:\Users\alice")) == "Wsl/E_ACCESSDENIED"
    assert here.machine.files.is_dir(r"C:\Users\alice")
    assert here.machine.complaints == []
