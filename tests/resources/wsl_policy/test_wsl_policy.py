"""WSL's policies: what a laptop has, how they are declared, set and taken away, and what they make dead."""

import pytest
from support.laptops import ALICE, laptop, refusal, wanted
from support.wire import ABSENT, DENIED, RUN, Wire, key, objects, subkey

from pyinfra_wsl import registry
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.outlook import Declared
from pyinfra_wsl.data import schema
from pyinfra_wsl.fleet import contradictions
from pyinfra_wsl.resources.wsl import plan as wsl_plan
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import plan as planning
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wsl_policy.resource import RESOURCE

LIST = wsl_policy.REGISTRIES
SWITCHES = list(wsl_policy.EFFECTS)
BUSY = {"distros": {"U": wsl_distro.Distro("U", "{1}", "", 1, 2, 0)}, "running": ("U",)}


def at(values=None, ignored=None, registries=None, **parts):
    own = wsl_policy.State(values or {}, ignored or {}, registries or {})
    return laptop(wsl_policy=own, **{"user": {"connected": True}} | parts)


def plan(declared, machine):
    return planning.plan(wanted(RESOURCE, {"wsl_policy": declared}), machine)


def carry_out(made, script):
    wire = Wire(script)
    for step in made.steps:
        wire.drive(step.does(RUN))
    return wire


def carry_out_lines(step, now):
    wire = Wire({"registry.read": now})
    wire.drive(step.does(RUN))
    return [line for line in wire.asked if line.startswith("registry.remove")]


def listed(**registries):
    return key(keys={LIST: subkey(registries)})


def test_what_is_not_known_of_the_others_is_no_better_known_after_one_is_declared():
    after = wsl_policy.read(DENIED).after({"wsl_policy": {"AllowDebugShell": False}})
    assert [after.allows(name) for name in ("AllowWSL", "AllowDebugShell")] == [None, None]


@pytest.mark.parametrize(("number", "allowed"), [(0, False), (1, True), (12, True)])
def test_only_the_number_0_forbids(number, allowed):
    assert wsl_policy.read(key({"AllowWSL": number})).allows("AllowWSL") is allowed


@pytest.mark.parametrize("values", [{"AllowWSL": "0"}, {"AllowWSL": 12}, {"AllowWSL": b"\0\0\0\0"}, {"DefaultNetworkingMode": 2}])
def test_a_policy_of_another_type_or_number_is_ignored_and_told(values):
    state = wsl_policy.read(key(values))
    assert state.allows("AllowWSL") is True
    assert not state.values
    assert list(state.ignored) == list(values)


def test_a_number_of_another_size_is_another_type():
    state = wsl_policy.read(Answer(True, {"exists": True, "values": {"AllowWSL": {"type": "QWord", "data": 0}}}))
    assert state.allows("AllowWSL") is True
    assert state.ignored == {"AllowWSL": "QWord 0"}


def test_policies_are_read_in_any_case_with_their_effects():
    state = wsl_policy.read(key({"allowwsl1": 0, "AllowDiskMount": 1, "DefaultNetworkingMode": 3, "Other": 0}))
    assert state.values == {"AllowWSL1": 0, "AllowDiskMount": 1, "DefaultNetworkingMode": 3}
    assert state.effects == ("AllowWSL1 is 0: WSL 1 distributions do not start, and none is converted to WSL 1",)


def test_no_policies_forbid_nothing_and_unreadable_ones_are_unknown():
    assert wsl_policy.read(ABSENT).allows("AllowWSL") is True
    assert wsl_policy.read(DENIED).allows("AllowWSL") is None


def test_there_are_fifteen_and_each_can_be_declared():
    known = {*wsl_policy.EFFECTS, wsl_policy.DEFAULT_NETWORKING, LIST}
    assert len(known) == 15
    assert known == {*schema("wsl_policy")["properties"]} - {"apply"}


def test_registries_are_read_whatever_their_values_are_called():
    state = wsl_policy.read(key({"AllowWSL": 1}, {LIST.lower(): subkey({"1": "ghcr.io", "x": "", "n": 5})}))
    assert state.registries == {"1": "ghcr.io"}


def test_a_list_without_end_is_compared_whole_and_shown_within_bounds():
    names = {f"AllowedRegistry{number}": f"r{number}.example" for number in range(1, 202)}
    have = wsl_policy.read(key(keys={LIST: subkey({**names, "last": "r" * 9999})}))
    wanted = list(names.values())[:100]
    (step,) = plan({LIST: wanted}, at(registries=have.registries)).steps
    assert len(step.sentence) < 2000
    assert "182 more" in step.sentence
    removed = {line.split()[-1] for line in carry_out_lines(step, key(keys={LIST: subkey(dict(list(names.items())[:100]))}))}
    assert {"AllowedRegistry101", "AllowedRegistry201", "last"} <= removed


@pytest.mark.parametrize("length", [201, 253])
def test_a_long_name_of_a_registry_reads_back_as_it_was_written(length):
    name = "r" * length
    have = wsl_policy.read(listed(AllowedRegistry1=name))
    assert not plan({LIST: [name]}, at(registries=have.registries)).steps


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(("value", "number"), [(False, 0), (True, 1)])
def test_each_switch_is_written_as_its_number(name, value, number):
    made = plan({name: value}, at())
    assert [step.sentence for step in made.steps] == [f"policy {name}: not set → {number}"]
    wire = carry_out(made, {"registry.read HKU": ABSENT, "registry.read": key({name: number}), "cim.get": objects()})
    assert wire.said("registry.write") == [rf"registry.write HKLM\SOFTWARE\Policies\WSL {name} DWord {number}"]
    assert not plan({name: value}, at({name: number})).steps


@pytest.mark.parametrize(("mode", "number"), [("none", 0), ("nat", 1), ("mirrored", 3), ("virtioproxy", 4), ("consomme", 4)])
def test_the_default_mode_is_written_as_its_number(mode, number):
    made = plan({"DefaultNetworkingMode": mode}, at({"DefaultNetworkingMode": 0 if number else 1}))
    carry_out(made, {"registry.read": key({"DefaultNetworkingMode": number})})
    assert not plan({"DefaultNetworkingMode": mode}, at({"DefaultNetworkingMode": number})).steps


@pytest.mark.parametrize("there", [{"values": {"AllowDiskMount": 0}}, {"ignored": {"AllowDiskMount": "String '0'"}}])
def test_null_takes_a_policy_away(there):
    made = plan({"AllowDiskMount": None}, at(**there))
    wire = carry_out(made, {"registry.read": key()})
    assert wire.said("registry.remove") == [r"registry.remove HKLM\SOFTWARE\Policies\WSL AllowDiskMount"]
    assert "Group Policy or Intune" in made.steps[0].note
    assert not plan({"AllowDiskMount": None}, at()).steps


def test_what_wsl_ignores_is_not_as_declared():
    (step,) = plan({"AllowDiskMount": True}, at(ignored={"AllowDiskMount": "String '1'"})).steps
    assert step.sentence == "policy AllowDiskMount: String '1' → 1"


@pytest.mark.parametrize("now", [key({"AllowDiskMount": 1}), ABSENT, DENIED, key({"AllowDiskMount": "0"})])
def test_what_does_not_read_back_has_failed(now):
    with pytest.raises(StepError, match=r"AllowDiskMount could not be set|could not be read again"):
        carry_out(plan({"AllowDiskMount": False}, at()), {"registry.read": now})


def test_what_windows_refuses_is_said_in_its_words():
    with pytest.raises(StepError, match="Access to the registry key is denied"):
        carry_out(plan({"AllowDiskMount": False}, at()), {"registry.write": DENIED, "registry.read": ABSENT})


def test_policies_that_cannot_be_read_are_no_success():
    made = plan({"AllowDiskMount": False}, laptop(wsl_policy=wsl_policy.read(DENIED)))
    assert "Access to the registry key is denied" in made.failures[0].cause


def test_a_list_is_never_empty_while_it_changes():
    made = plan({LIST: ["ghcr.io", "quay.io"]}, at(registries={"AllowedRegistry1": "docker.io", "mine": "GHCR.io"}))
    assert made.steps[0].sentence == f"policy {LIST}: docker.io, GHCR.io → ghcr.io, quay.io"
    wire = carry_out(made, {"registry.read": listed(mine="GHCR.io", AllowedRegistry1="quay.io")})
    assert [line.split(LIST)[1] for line in wire.asked[:-1]] == [" AllowedRegistry1 String quay.io"]
    longer = plan({LIST: ["quay.io"]}, at(registries={"a": "docker.io", "b": "ghcr.io"}))
    wire = carry_out(longer, {"registry.read": listed(AllowedRegistry1="quay.io")})
    assert [line.split()[0] for line in wire.asked] == [
        "registry.write", "registry.remove", "registry.remove", "registry.read",
    ]  # fmt: skip


def test_a_list_in_another_order_and_case_is_as_declared():
    have = at(registries={"2": "GHCR.IO", "1": "docker.io"})
    assert not plan({LIST: ["docker.io", "ghcr.io"]}, have).steps
    (step,) = plan({LIST: None}, have).steps
    assert step.sentence == f"policy {LIST}: GHCR.IO, docker.io → not set"
    with pytest.raises(StepError, match="it has other entries"):
        Wire({"registry.read": listed(a="docker.io")}).drive(step.does(RUN))


@pytest.mark.parametrize(
    ("declared", "cause"),
    [
        ({"AllowWsl": False}, "did you mean AllowWSL?"),
        ({"AllowWSL": 0}, "true or false"),
        ({"AllowWSL": "blocked"}, "true or false"),
        ({"DefaultNetworkingMode": "bridged"}, "none, nat, mirrored"),
        ({LIST: []}, LIST),
        ({LIST: ["https://ghcr.io/x"]}, "is not the name of a registry"),
        ({LIST: ["ghcr.io", "GHCR.io"]}, "is the same registry as ghcr.io"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_right_form(declared, cause):
    found = refusal(RESOURCE, {"wsl_policy": declared})
    assert cause in f"{found.cause} {found.remedy}"


def test_forbidding_wsl_waits_until_nobody_works_in_it():
    made = plan({"AllowWSL": False, "AllowDiskMount": False}, at(wsl_distro=BUSY))
    assert [(one.sentence, one.waits_for, one.reason) for one in made.deferred] == [
        ("policy AllowWSL: not set → 0", "vm idle", r"U of CORP\alice runs")
    ]
    assert [step.sentence for step in made.steps] == ["policy AllowDiskMount: not set → 0"]
    assert [step.sentence for step in plan({"AllowWSL": False, "apply": "now"}, at(wsl_distro=BUSY)).steps] == [
        "policy AllowWSL: not set → 0"
    ]


def test_whoever_came_since_the_plan_keeps_wsl_from_being_forbidden():
    (step,) = plan({"AllowWSL": False}, at()).steps
    process = objects({"Name": "wsl.exe", "CommandLine": "wsl.exe -d U", "returns": {"Sid": ALICE.sid}})
    with pytest.raises(StepError, match="policy AllowWSL was not set to 0"):
        Wire({"cim.get": process, "registry.read": ABSENT}).drive(step.does(RUN))


def test_what_else_is_forbidden_there_is_told():
    have = at({"AllowWSL1": 0, "AllowDiskMount": 0}, {"AllowDebugShell": "String '0'"})
    assert plan({"AllowDiskMount": False}, have).warnings == (
        "policy AllowWSL1 is 0, and not declared: WSL 1 distributions do not start, and none is converted to WSL 1",
        "policy AllowDebugShell is String '0', which WSL ignores",
    )


def test_a_forecast_has_what_does_not_wait():
    want = wanted(RESOURCE, {"wsl_policy": {"AllowWSL": False, "AllowDiskMount": None, LIST: ["a.io"]}})
    have = {"AllowDiskMount": 0, "AllowWSL1": 1}
    after = RESOURCE.forecast(at(have), want).of(wsl_policy.State)
    assert (after.values, after.registries) == ({"AllowWSL1": 1, "AllowWSL": 0}, {"AllowedRegistry1": "a.io"})
    assert RESOURCE.forecast(at(have, wsl_distro=BUSY), want).of(wsl_policy.State).values == {"AllowWSL1": 1}


def test_a_policy_that_this_run_takes_away_is_no_obstacle():
    def obstacles(**declared):
        values = {"wsl": {"default_version": 2}, "wsl_policy": declared}
        return [one.purpose for one in wsl_plan.foresee(Declared(values), at({"AllowWSL": 0}))]

    assert obstacles() == obstacles(AllowWSL=False) == ["wsl"]
    assert obstacles(AllowWSL=None) == obstacles(AllowWSL=True) == []


def test_adopted_policies_change_nothing():
    have = at({"AllowDiskMount": 0, "AllowWSL": 1, "DefaultNetworkingMode": 4}, {"AllowWSL1": "String '0'"}, {"x": "ghcr.io"})
    found = {one.path[-1]: one.value for one in registry.ask(RESOURCE, "adopt", have)}
    assert found == {
        "AllowDiskMount": False, "AllowWSL": True, "DefaultNetworkingMode": "virtioproxy", LIST: ["ghcr.io"], "AllowWSL1": None,
    }  # fmt: skip
    assert not plan({name: value for name, value in found.items() if name != "AllowWSL1"}, have).steps


DEAD = [
    ({"AllowWSL": False}, {"wsl_distros": {"U": {"source": "u.tar.gz"}}}, ["wsl_distros.U"]),
    ({"AllowWSL": False}, {"wsl": {"default_version": 2, "package": {}}}, ["wsl.package", "wsl.default_version"]),
    ({"AllowWSL": False}, {"docker_desktop": {}}, ["docker_desktop"]),
    ({"AllowWSL": False}, {"docker_desktop": {"backend": "hyper-v"}}, []),
    ({"AllowWSL": True}, {"wsl_distros": {"U": {"source": "u.tar.gz"}}}, []),
    ({"AllowWSL": None}, {"wsl_distros": {"U": {"source": "u.tar.gz"}}}, []),
    ({"AllowWSL1": False}, {"wsl_distros": {"U": {"source": "u.tar.gz", "version": 1}}}, ["wsl_distros.U.version"]),
    ({"AllowWSL1": False}, {"wsl": {"default_version": 1}}, ["wsl.default_version"]),
    ({"AllowWSL1": False}, {"wsl_distros": {"U": {"source": "u.tar.gz", "version": 2}}}, []),
    ({"AllowWSLContainer": False, LIST: ["ghcr.io"]}, {}, [f"wsl_policy.{LIST}"]),
    ({"AllowWSLContainer": False}, {"wslc": {"credentialStore": "file"}}, ["wslc"]),
    *(
        ({policy: False}, {"wslconfig": {"wsl2": {name: value}}}, [f"wslconfig.wsl2.{name}"])
        for policy, name, value in (
            ("AllowKernelUserSetting", "kernel", r"C:\k"), ("AllowKernelUserSetting", "kernelModules", r"C:\m"),
            ("AllowSystemDistroUserSetting", "systemDistro", r"C:\s.vhd"),
            ("AllowNestedVirtualization", "nestedVirtualization", True),
            ("AllowKernelCommandLineUserSetting", "kernelCommandLine", "quiet"),
            ("AllowKernelDebugUserSetting", "kernelDebugPort", 9),
            ("AllowNetworkingModeUserSetting", "networkingMode", "mirrored"), ("AllowFirewallUserSetting", "firewall", False),
        )
    ),
    ({"AllowNetworkingModeUserSetting": False}, {"wslconfig": {"wsl2": {"networkingMode": "none"}}}, []),
    (
        {"AllowNetworkingModeUserSetting": False, "DefaultNetworkingMode": "mirrored"},
        {"wslconfig": {"wsl2": {"networkingMode": "mirrored"}}}, [],
    ),
    ({"AllowNestedVirtualization": False}, {"wslconfig": {"wsl2": {"nestedVirtualization": False}}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "beside", "dead"), DEAD)
def test_what_a_declared_policy_makes_dead_is_a_contradiction(declared, beside, dead):
    found = [one for one in contradictions.find({"wsl_policy": declared, **beside}) if one.other[0] == "wsl_policy"]
    assert [".".join(one.path) for one in found] == dead
    assert all(one.why and one.remedy for one in found)
