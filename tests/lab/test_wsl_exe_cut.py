"""What the end of the VM or of the service does to transfers: nobody looks at what is locked (LxssUserSession.cpp)."""

import asyncio

import pytest
from wsl_laptop import archive, code, laptop, text

from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl import user as wsl_user
from pyinfra_wsl.lab.wsl import wsl

ALICE = r"C:\Users\alice"
D, TAR, OUT = rf"{ALICE}\D", r"C:\d.tar", rf"{ALICE}\out.tar"


def ready(*, registered=True, version=2):
    here = laptop()
    here.machine.pace = 0.001
    here.machine.faults.slow_transfers = 20
    here.put(TAR, archive())
    if registered:
        here.register("D", folder=D, version=version)
    return here


def shutdown(here):
    return here.call("--shutdown")


async def upgrade(here):
    wsl_package.install(here.machine, "2.9.0.0")


def cut(here, words, end):
    """Let something end while wsl.exe works; return how that came out, and what the list showed in the middle."""

    async def story():
        work = asyncio.create_task(here.call(*words))
        await asyncio.sleep(0.05)
        assert text(await here.call("--list", "--running", "--quiet")) == ""
        shown = text(await here.call("--list", "--verbose"))
        await end(here)
        return await work, shown

    return asyncio.run(asyncio.wait_for(story(), 20))


@pytest.mark.parametrize("end", [shutdown, upgrade])
def test_an_import_fails_and_its_disk_and_registration_go(end):
    here = ready(registered=False)
    ended, shown = cut(here, ("--import", "D", D, TAR), end)
    assert "Installing" in shown
    assert ended.code != 0
    assert here.lxss("D") == {}
    assert not here.machine.files.exists(rf"{D}\ext4.vhdx")


@pytest.mark.parametrize("end", [shutdown, upgrade])
def test_an_export_is_cut_and_its_file_goes(end):
    here = ready()
    ended, shown = cut(here, ("--export", "D", OUT), end)
    assert "Exporting" in shown
    assert code(ended).endswith("E_UNEXPECTED")
    assert not here.machine.files.exists(OUT)
    assert here.lxss("D")["State"] == 1


def test_a_conversion_is_cut_and_the_distribution_stays_as_it_was():
    here = ready()
    ended, shown = cut(here, ("--set-version", "D", "1"), shutdown)
    assert "Converting" in shown
    assert ended.code == -1
    assert here.lxss("D")["Flags"] & 8
    assert here.machine.files.exists(rf"{D}\ext4.vhdx")


def test_what_is_done_outside_the_vm_survives_its_end():
    here = ready(registered=False)
    ended, _shown = cut(here, ("--import", "D", D, TAR, "--version", "1"), shutdown)
    assert ended.code == 0
    assert here.lxss("D")["State"] == 1


def test_a_vm_does_not_idle_out_during_a_transfer():
    here = ready()
    here.put(rf"{ALICE}\.wslconfig", b"[wsl2]\nvmIdleTimeout=1\n")

    async def story():
        await here.call("-d", "D", "-e", "true")
        await here.call("--terminate", "D")
        return await here.call("--export", "D", OUT)

    assert asyncio.run(asyncio.wait_for(story(), 20)).code == 0
    assert here.machine.files.exists(OUT)


@pytest.mark.parametrize("seconds", [wsl_user.VM_BOOT, wsl_user.INSTANCE_START], ids=["VM", "distribution"])
def test_a_vm_does_not_idle_out_under_a_distribution_that_starts_in_it(seconds, monkeypatch):
    here = ready()
    user = wsl.session(here.machine, here.person)
    later = []
    monkeypatch.setattr(user, "_later", lambda _seconds, what: later.append(what))

    async def story():
        sleep = here.machine.sleep

        async def with_timer(lab_seconds):
            if lab_seconds == seconds:
                # Something else in this VM came to its end just now; under load its timer is due together with the start's.
                user._arm_vm()
                later.pop()()
            await sleep(lab_seconds)

        here.machine.sleep = with_timer
        return await here.call("-d", "D", "-e", "true"), await here.call("--export", "D", OUT)

    started, exported = asyncio.run(asyncio.wait_for(story(), 20))
    assert started.code == 0, text(started)
    assert exported.code == 0
    assert not here.machine.complaints


@pytest.mark.parametrize("seconds", [wsl_user.VM_BOOT, wsl_user.INSTANCE_START], ids=["VM", "distribution"])
@pytest.mark.parametrize("end", ["--shutdown", "--shutdown --force", "service"])
def test_who_starts_a_distribution_comes_before_a_shutdown_and_not_before_force(seconds, end):
    here = ready()

    async def story():
        sleep, ends = here.machine.sleep, []

        async def with_end(lab_seconds):
            if lab_seconds == seconds and not ends:
                ends.append(asyncio.create_task(upgrade(here) if end == "service" else here.line(end)))
            await sleep(lab_seconds)

        here.machine.sleep = with_end
        started = await here.call("-d", "D", "-e", "true")
        await asyncio.gather(*ends)
        return started, text(await here.call("--list", "--running", "--quiet"))

    started, running = asyncio.run(asyncio.wait_for(story(), 20))
    assert (started.code == 0) is (end == "--shutdown")
    assert running == ""
    assert not here.machine.complaints
