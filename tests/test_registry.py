"""Resources of other distributions: what is wrong with one is told with its name, before and while it is used."""

import dataclasses
from dataclasses import dataclass

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl import registry
from pyinfra_wsl.core.call import registry_read
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.problem import Problem
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.core.windows.resource import WindowsResource
from pyinfra_wsl.data import schema
from pyinfra_wsl.declaration import RESERVED, fault
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.report.results import before


@dataclass(frozen=True)
class State:
    """Nothing is known."""

    value: str | None = None


@dataclass(frozen=True)
class Needy:
    """A state that cannot be made of nothing."""

    value: str


def boom(*_anything):
    raise ValueError("boom")


def corp(**fields):
    """Return a resource of another distribution."""
    values = {
        "name": "corp_values", "words": "Corp's values", "system": "windows", "whose": "machine", "key": "corp_values",
        "schema": {"type": "object"}, "state": State, "want": dict, "read": lambda _answers, _laptop: State("read"),
        "machine": lambda: {"corp": registry_read("HKLM\\SOFTWARE\\Corp")},
    }  # fmt: skip
    return WindowsResource(**(values | fields))


def test_one_that_is_right_has_no_fault():
    assert fault(corp(), registry.own()) == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "its name is ''"),
        ({"name": 3}, "its name is 3"),
        ({"name": "corp.values"}, "its name is 'corp.values'"),
        ({"name": "fleet"}, "its name is fleet, which means something else"),
        ({"name": "wsl"}, "another resource has the name wsl"),
        ({"key": "wsl"}, "another resource has the key wsl"),
        ({"key": "wsl_distros"}, "another resource has the key wsl_distros"),
        ({"key": "user"}, "its key is user, which means something else"),
        ({"key": 3}, "its key is 3"),
        ({"words": ""}, "it has no words"),
        ({"system": "macos"}, "its system is 'macos'"),
        ({"system": "linux"}, "its system is 'linux', and it is a WindowsResource"),
        ({"needs": "wsl"}, "its needs are no frozenset of names"),
        ({"needs": frozenset({"corp_values"})}, "it needs itself"),
        ({"waits": ["reboot"]}, "its waits are no frozenset of names"),
        ({"check": 3}, "its check cannot be called"),
        ({"machine": None}, "its machine cannot be called"),
        ({"state": Needy}, "its state cannot be made of nothing"),
        ({"state": registry.of("wsl").state}, "its state is another resource's type"),
        ({"schema": None}, "it has a key and no schema"),
        ({"schema": True}, "it has a key and no schema"),
        ({"schema": {"type": "objekt"}}, "its schema is none: 'objekt' is not valid"),
        ({"schema": {"properties": []}}, "its schema is none"),
        ({"schema": {"$ref": "#/$defs/nothing"}}, "its schema is none"),
        ({"schema": {"$ref": "nowhere.json"}}, "its schema is none"),
        ({"schema": {"additionalProperties": {"pattern": "("}}}, "its schema is none"),
        ({"schema": {"patternProperties": {"[": {}}}}, "its schema is none"),
    ],
)
def test_a_fault_is_told(fields, said):
    assert fault(corp(**fields), registry.own()).startswith(said)


@pytest.mark.parametrize("other", [None, 3, "corp", corp, type("Resource", (), {})])
def test_what_is_no_resource_is_none(other):
    assert fault(other, registry.own()) == "it is no Resource"


def test_a_resource_of_linux_is_held_to_the_same():
    values = {"name": "corp", "words": "Corp", "system": "linux", "state": State, "want": dict}
    right = LinuxResource(script=str, read=State, asks=dict, **values)
    assert fault(right, registry.own()) == ""
    assert fault(dataclasses.replace(right, script="echo"), registry.own()) == "its script cannot be called"


def test_no_name_of_the_fleet_file_can_be_taken():
    ours = {one.key for one in registry.own()}
    top = schema("fleet")["properties"].keys()
    host = schema("fleet")["$defs"]["host"]["properties"].keys()
    assert {*top, *host} - ours <= RESERVED


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (boom, "its check fails with ValueError: boom"),
        (lambda _values: None, "its check fails with TypeError"),
        (lambda _values: ["no problem"], "its check yields 'no problem', and no sound Problem"),
        (lambda _values: [Problem((("a",),), "m")], "its check yields Problem"),
        (lambda _values: [Problem(("a",), 3)], "its check yields Problem"),
        (lambda _values: [Problem("a", "m")], "its check yields Problem"),
    ],
)
def test_a_function_that_fails_is_named(answer, said):
    with pytest.raises(registry.RegistryError, match="the resource corp_values") as caught:
        registry.ask(corp(check=answer), "check", {})
    assert said in str(caught.value)
    assert caught.value.failures[0].remedy


BROKEN = [{"read": boom}, {"read": lambda *_: None}, {"machine": boom}, {"machine": lambda: {"corp": 3}}]


@pytest.fixture(scope="module")
def lab_laptop():
    return LabLaptop()


def seen(lab_laptop, looked):
    raw = lab_laptop.drive(look.look(looked, lab_laptop.next_run, lab_laptop.target))
    return look.read(looked, lab_laptop.target, raw, r"LT-1\fleet-admin", "en-US")


@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_read_of_one_is_the_fault_of_that_one(lab_laptop, broken):
    whole = seen(lab_laptop, resources())
    found = seen(lab_laptop, [*resources(), corp(**broken)])
    assert found.faults.keys() == {"corp_values"}
    assert found.of(State) == State()
    assert found.states.keys() == {*whole.states, State}


@pytest.mark.parametrize("name", [one.name for one in resources()])
def test_what_cannot_be_read_of_one_is_the_fault_of_what_needs_it_too(lab_laptop, name):
    looked = [one if one.name != name else dataclasses.replace(one, read=boom) for one in resources()]
    found = seen(lab_laptop, looked)
    rest = {one.name for one in resources() if name in registry.needs(one)}
    assert found.faults.keys() == {name, *rest}
    assert found.faults[name] == "ValueError: boom"
    shown = before(looked, found)
    assert {one for one, value in shown.items() if value == "cannot be read"} == {name, *rest}
