"""Every change on every release of WSL: it is made and known afterwards, or refused in the plan with the way out."""

from functools import partial
from pathlib import Path

import pytest
from support.lab_laptop import LabLaptop, archive
from support.laptops import wanted

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows import wsl_releases
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.lab.wsl import distro_archive, distro_disk, releases, wsl
from pyinfra_wsl.lab.wsl.texts import numbers
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf_plan
from pyinfra_wsl.resources.wsl_conf.resource import RESOURCE as WSL_CONF
from pyinfra_wsl.resources.wsl_distro import default_version
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import State
from pyinfra_wsl.resources.wsl_distro.want import EXPORTS
from pyinfra_wsl.resources.wslconfig import plan as wslconfig_plan
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE as WSLCONFIG
from tests.lab.wsl_laptop import archive as rootfs

HOME = r"C:\Users\alice\AppData\Local\wsl"
RELEASES = ("2.0.9.0", "2.3.26.0", "2.5.9.0", "2.6.1.0", "2.6.3.0", "2.7.0.0", "2.9.4.0", "")
CONSENT = {"allow_data_loss": True}


def tar(folder):
    return archive(folder, rootfs("gz"))


def disk(folder, suffix):
    return archive(folder, distro_disk.pack(distro_archive.read(rootfs())), f"u.{suffix}")


CHANGES = {
    "import a tar": ("New", tar),
    "import a tar as WSL 1": ("New", lambda folder: tar(folder) | {"version": 1}),
    "import with all": ("New", lambda folder: tar(folder) | {"default": True, "default_user": "dev", "version": 2}),
    "import a disk": ("New", lambda folder: disk(folder, "vhdx")),
    "import a disk called .vhd": ("New", lambda folder: disk(folder, "vhd")),
    "convert to 1": ("Ubuntu", lambda _: {"version": 1}),
    "convert to 2": ("Old", lambda _: {"version": 2}),
    "move": ("Ubuntu", lambda _: {"location": r"C:\Users\alice\moved\u"}),
    "move a disk of another name": ("Named", lambda _: {"location": r"C:\Users\alice\moved\n"}),
    "convert and move": ("Old", lambda _: {"version": 2, "location": r"C:\Users\alice\moved\o"}),
    "default user": ("Ubuntu", lambda _: {"default_user": "dev"}),
    "default user of WSL 1": ("Old", lambda _: {"default_user": "dev"}),
    "default": ("New", lambda folder: tar(folder) | {"default": True}),
    "export .tar": ("Ubuntu", lambda _: {"export_to": r"C:\Users\alice\out\u.tar"}),
    "export .tar.gz": ("Ubuntu", lambda _: {"export_to": r"C:\Users\alice\out\u.tar.gz"}),
    "export .tar.xz of WSL 1": ("Old", lambda _: {"export_to": r"C:\Users\alice\out\o.tar.xz"}),
    "unregister": ("Ubuntu", lambda _: {"state": "absent"} | CONSENT),
    "unregister WSL 1": ("Old", lambda _: {"state": "absent"} | CONSENT),
    "unregister to .tar.gz": ("Ubuntu", lambda _: {"state": "absent", "export_to": r"C:\Users\alice\out\u.tar.gz"} | CONSENT),
    "unregister what lost its disk": ("Lost", lambda _: {"state": "absent"} | CONSENT),
    "unregister what lost its folder": ("Gone", lambda _: {"state": "absent"} | CONSENT),
    "import over what lost its folder": ("Gone", lambda folder: tar(folder) | CONSENT),
}


@pytest.fixture
def sent(monkeypatch):
    """What wsl.exe is called with."""
    seen, plain = [], call.run

    def run(exe, *arguments, **options):
        if exe.lower().endswith("wsl.exe"):
            seen.append(arguments)
        return plain(exe, *arguments, **options)

    monkeypatch.setattr(call, "run", run)
    return seen


def laptop(package, name):
    """One with a distribution that is declared, of the kind that its name says; none is called New."""
    here = LabLaptop(package=package, build=26200 if package else 19045)
    here.target = Target("console", distros=(name,))
    if name == "New":
        return here
    item = wsl.register(here.machine, here.alice, name, rootfs(), folder=rf"{HOME}\{name}", version=1 if name == "Old" else 2)
    if name == "Named":  # as by --import-in-place
        here.machine.files.move(item.disk, rf"{HOME}\Named\work.vhdx", here.token(here.alice))
        item.set("VhdFileName", "work.vhdx")
    elif name == "Lost":
        here.machine.files.remove(item.disk)
        here.machine.files.write(rf"{HOME}\Lost\note.txt", b"somebody's")
    elif name == "Gone":
        here.machine.files.remove(item.folder, tree=True)
    return here


def distro(name, want):
    return lambda seen: planning.plan(wanted(RESOURCE, {"wsl_distros": {name: want}}), seen)


def work(here, name):
    """Let alice work in a distribution, so that the VM runs."""

    async def start():
        user = wsl.open_session(here.machine, here.token(here.alice))
        instance = await user.start(user.registrations.by_name(name))
        user.hold(instance)

    here.loop.run_until_complete(start())


def demand_known(package, sent):
    """Every word that was sent is one that the release knows; but looks ask for the version, whichever WSL is there."""
    for arguments in (one for one in sent if one != ("--version",)):
        command, options = arguments[0], [one for one in arguments[1:] if one.startswith("-")]
        assert releases.knows(numbers(package), command), arguments
        for option in options if command.startswith("--") else ():
            assert releases.knows(numbers(package), command, option), arguments


def converge(here, package, planning, sent):
    """Carry a change out and plan it again, or hear how it becomes possible."""
    planned = planning(here.look())
    if planned.failures:  # then nothing of the plan is carried out
        assert all("wsl.package" in failure.remedy for failure in planned.failures), planned.failures
        return
    assert planned.steps
    here.carry_out(planned)
    again = planning(here.look())
    assert again.steps == again.deferred == again.failures == (), again
    demand_known(package, sent)


@pytest.mark.parametrize("package", RELEASES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_made_or_refused_before_anything_is_done(package, change, sent, tmp_path):
    name, want = CHANGES[change]
    here = laptop(package, name)
    converge(here, package, distro(name, want(tmp_path)), sent)


@pytest.mark.parametrize("package", RELEASES)
def test_another_image_takes_the_place_of_one_that_may_be_lost(package, sent, tmp_path):
    here = laptop(package, "New")
    converge(here, package, distro("New", tar(tmp_path)), sent)
    converge(here, package, distro("New", archive(tmp_path, rootfs("xz"), "other.tar.xz") | CONSENT), sent)
    assert here.lxss("New")["State"] == 1


@pytest.mark.parametrize("package", RELEASES)
def test_what_is_not_of_one_distribution_is_made_too(package, sent):
    here = laptop(package, "Ubuntu")
    here.target = Target("console", inside=("Ubuntu",), distros=("Ubuntu",))
    converge(here, package, partial(default_version.plan, 1), sent)
    inside = wanted(WSL_CONF, {"wsl_distros": {"Ubuntu": {"wsl_conf": {"user": {"default": "dev"}}}}})
    converge(here, package, partial(wsl_conf_plan.plan, inside), sent)
    work(here, "Ubuntu")
    keys = wanted(WSLCONFIG, {"wslconfig": {"wsl2": {"memory": "8GB"}, "apply": "now"}})
    converge(here, package, partial(wslconfig_plan.plan, keys), sent)
    assert {arguments[0] for arguments in sent} > {"--set-default-version", "--terminate", "--shutdown"}


@pytest.mark.parametrize(("package", "moved"), [("2.6.3.0", "ext4.vhdx"), ("2.7.0.0", "work.vhdx")])
def test_a_disk_is_moved_under_the_name_that_its_release_gives_it_and_takes_nobodys_place(package, moved):
    here, target = laptop(package, "Named"), r"C:\Users\alice\moved"
    change = distro("Named", {"location": target})
    here.machine.files.write(rf"{target}\{moved}", b"somebody's")
    with pytest.raises(StepError, match="stands there already and is not ours"):
        here.carry_out(change(here.look()))
    assert here.lxss("Named")["BasePath"] == rf"{HOME}\Named"
    here.machine.files.remove(rf"{target}\{moved}")
    planned = change(here.look())
    assert planned.steps[0].free == (rf"{target}\{moved}",)
    here.carry_out(planned)
    assert (here.lxss("Named")["BasePath"], here.lxss("Named")["VhdFileName"]) == (target, moved)
    assert here.look().of(State).noted["named"] == rf"{target}\{moved}"


def since(table, key):
    return releases.row(table, key)["since"]


def test_the_lab_says_of_each_gate_what_the_product_says():
    """Two tables, written apart, of the same facts."""
    managing = [since("words", f"--manage {word}") for word in ("--move", "--set-default-user")]
    assert max(managing, key=numbers) == wsl_releases.MANAGE
    formats = ["--format", *(" ".join(options) for options in EXPORTS.values() if options)]
    assert {since("words", f"--export {one}") for one in formats} == {wsl_releases.FORMATS}
    for what in ("a disk is imported under its own name", "a moved disk keeps its name"):
        assert since("behaviour", what) == wsl_releases.KEEPS_NAMES


def test_the_page_names_every_release():
    page = (Path(__file__).parents[3] / "docs" / "wsl_distro.md").read_text("utf-8")
    table = page.partition("## Which release of WSL")[2].partition("## Deferred")[0]
    told = {line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ") and "2." in line.split("|")[1]}
    assert told == {wsl_releases.MANAGE, wsl_releases.FORMATS, wsl_releases.KEEPS_NAMES}
