"""What a running VM has, read inside it, and what of it is not as written."""

import pytest
from support.laptops import laptop, wanted
from support.wire import DENIED, contents, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.resources.wslconfig import live, state
from pyinfra_wsl.resources.wslconfig.live import Live
from pyinfra_wsl.resources.wslconfig.plan import plan
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE

GB, MB = 1 << 30, 1 << 20
KERNEL = "6.6.87.2-microsoft-standard-WSL2"
RUNS = Live(memory=7950 * MB, swap=2 * GB - 4096, processors=4, networking="Mirrored", kernel=KERNEL)
TEXT = (
    "MemTotal:        8140800 kB\nMemFree:         7000000 kB\nSwapTotal:       2097148 kB\n"
    f"Linux version {KERNEL} (root@1) (gcc) #1 SMP\n0-3\n"
)


def told(text=TEXT, mode="mirrored\n", code=0):
    return {"U": {"vm": ran(code, text), "mode": ran(0, mode)}}


def at(file=b"", running=RUNS, **parts):
    """Return the warnings and steps of a declaration that the file fulfils already."""
    found = state.read({"file": contents(file, "a" * 64)})
    have = laptop(wslconfig=state.State(True, parsed=found.parsed, values=found.values, live=running, marks={}), **parts)
    made = plan(wanted(RESOURCE, {"wslconfig": {"wsl2": {"localhostForwarding": True}}}), have)
    return [one for one in made.warnings if "wsl --shutdown" in one]


def test_what_runs_is_read_by_its_own_names():
    assert live.read(told()) == Live(8140800 << 10, 2097148 << 10, 4, "Mirrored", KERNEL)
    assert live.read(told(code=1)) == live.read(told())  # cat ends with 1 where one of the files is not there
    assert live.read(told(mode="consomme\n")).networking == live.read(told(mode="virtioproxy\n")).networking == "VirtioProxy"


@pytest.mark.parametrize(("online", "processors"), [("0", 1), ("0-3", 4), ("0-1,4-7,9", 7)])
def test_processors_are_those_that_are_online(online, processors):
    assert live.read(told(f"{online}\n")).processors == processors


@pytest.mark.parametrize("online", ["5-1", "0-3,2-5", "3,3", "4-7,0", "0-3,9-5"])
def test_a_list_of_processors_that_no_kernel_writes_is_unknown(online):
    assert live.read(told(TEXT.replace("0-3", online))).processors is None


@pytest.mark.parametrize(
    "answers",
    [
        {}, {"U": {}}, {"U": {"file": ran()}}, told(mode="wsl1\n"), told("", ""), told("nonsense\n", "nonsense"),
        {"U": {"vm": DENIED, "mode": DENIED}}, {"U": {"vm": Answer(False), "mode": ran(-1, "no")}},
    ],
)  # fmt: skip
def test_what_was_not_told_is_unknown(answers):
    assert live.read(answers) is None


def test_what_is_told_is_read_within_bounds():
    assert live.read(told("x" * (1 << 20) + TEXT)).memory is None
    assert live.read(told("MemTotal: 99999999999999999999 kB\nLinux version " + "k" * 200 + " x\n0-99999\n")) is not None
    assert live.read(told("Linux version \x1b[31mred x\n")).kernel == "\\x1b[31mred"


def test_only_one_of_the_distributions_that_are_looked_into_is_asked():
    seen = laptop(target=Target("console", inside=("U", "V")))
    assert [sorted(RESOURCE.inside(seen, name)) for name in ("U", "V")] == [["mode", "vm"], []]
    assert RESOURCE.inside(laptop(target=Target("console", inside=("U",)), wsl={"exe": None}), "U") == {}


def printed(*parts):
    return ran(0, "".join(f"---- \n{text}{mode}\n" for text, mode in parts))


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([(TEXT, "mirrored")], True),
        ([(TEXT, "wsl1"), (TEXT, "mirrored")], True),
        ([(TEXT, ""), (TEXT, "mirrored")], True),  # Docker's own has no such program
        ([(TEXT, "")], None),
        ([], None),
    ],
)
def test_of_those_that_run_the_first_that_tells_its_mode_is_read(parts, found):
    expected = Live(8140800 << 10, 2097148 << 10, 4, "Mirrored", KERNEL)
    assert live.read({}, printed(*parts)) == (expected if found else None)


@pytest.mark.parametrize("answer", [None, DENIED, Answer(False), ran(-1, "no"), ran(0, "nonsense"), ran(0, "----")])
def test_where_nobody_told_nothing_is_known(answer):
    assert live.read({}, answer) is None


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (Target("console", keys=("wslconfig",)), ["running"]),
        (Target("console"), []),
        (Target("console", keys=("wsl_distros",)), []),
        (Target("console", inside=("U",), keys=("wslconfig",)), []),
    ],
)
def test_who_runs_is_asked_where_the_file_is_declared_and_nobody_is_looked_into(target, asked):
    seen = laptop(target=target)
    assert sorted(RESOURCE.session(seen)) == asked
    assert RESOURCE.session(laptop(target=target, wsl={"exe": None})) == {}


AS_WRITTEN = b"[wsl2]\nlocalhostForwarding=true\nmemory=8GB\nprocessors=4\nswap=2GB\nnetworkingMode=mirrored\n"


def test_a_vm_that_runs_as_written_is_no_news():
    assert at(AS_WRITTEN) == []
    assert at(AS_WRITTEN, None) == []
    assert at(AS_WRITTEN, Live()) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("memory=4GB", "[wsl2] memory: 4.0 GB is written, 7.8 GB can be used in what runs"),
        ("memory=12GB", "[wsl2] memory: 12.0 GB is written, 7.8 GB can be used in what runs"),
        ("processors=2", "[wsl2] processors: 2 is written, 4 run"),
        ("swap=0", "[wsl2] swap: 0 MB is written, 2.0 GB runs"),
        ("networkingMode=nat", "[wsl2] networkingMode: Nat is written, Mirrored runs"),
    ],
)
def test_what_is_written_and_does_not_run_waits_for_the_end_of_the_vm(line, said):
    key = line.partition("=")[0].encode()
    kept = b"\n".join(one for one in AS_WRITTEN.splitlines() if not one.startswith(key))
    (warning,) = at(kept + b"\n" + line.encode() + b"\n")
    assert warning.startswith(f".wslconfig {said}: it waits for 'wsl --shutdown'")


def test_without_a_line_the_vm_has_half_of_the_laptops_memory():
    kept = b"\n".join(one for one in AS_WRITTEN.splitlines() if not one.startswith(b"memory"))
    assert at(kept, windows={"memory": 16 * GB}) == []
    (warning,) = at(kept)
    assert "16.0 GB is half of the laptop's, and nothing is written, 7.8 GB can be used" in warning
    assert at(kept, windows={"memory": None}) == []


@pytest.mark.parametrize("gigabytes", [1, 2, 4, 8, 12, 16, 24, 31, 64, 128])
def test_what_the_kernel_keeps_for_itself_is_no_difference(gigabytes):
    memory = gigabytes * GB
    for kept in (memory // 64 + 112 * MB, memory // 32, 0):
        running = Live(memory=memory - kept)
        assert list(live.differences(running, {("wsl2", "memory"): memory}, 256 * GB, None)) == []
    assert list(live.differences(Live(memory=memory // 2), {("wsl2", "memory"): memory}, 256 * GB, None))


def test_the_kernel_of_a_package_that_was_replaced_is_told_unless_it_is_ones_own():
    assert "kernel: the package brings 6.6.114.1-1" in at(AS_WRITTEN, wsl={"kernel": "6.6.114.1-1"})[0]
    assert at(AS_WRITTEN, wsl={"kernel": "6.6.87.2-1"}) == []
    assert at(AS_WRITTEN + b"kernel=C:\\\\k\n", wsl={"kernel": "6.6.114.1-1"}) == []


def test_safe_mode_has_its_own_network_and_no_swap():
    assert at(AS_WRITTEN + b"safeMode=true\n", Live(swap=0, networking="None")) == []


def test_where_a_change_of_ours_waits_it_is_not_told_twice():
    found = state.read({"file": contents(b"", "a" * 64)})
    have = laptop(wslconfig=state.State(True, parsed=found.parsed, live=RUNS, marks={}))
    made = plan(wanted(RESOURCE, {"wslconfig": {"wsl2": {"memory": "4GB"}}}), have)
    assert made.steps
    assert not [one for one in made.warnings if "wsl --shutdown" in one]
