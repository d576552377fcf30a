"""WSL's containers: their settings as they stand, as declared, and as they are written between a person's own lines."""

import base64

import pytest
from support.laptops import ALICE, NOTHING, laptop, refusal, wanted
from support.wire import ABSENT, DENIED, DONE, RUN, Wire, contents

from pyinfra_wsl import registry
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.data import schema
from pyinfra_wsl.resources.wsl import plan as wsl_plan
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wslc import document
from pyinfra_wsl.resources.wslc import plan as planning
from pyinfra_wsl.resources.wslc import state as wslc
from pyinfra_wsl.resources.wslc.keys import KEYS
from pyinfra_wsl.resources.wslc.resource import RESOURCE

THERE = Answer(True, {"exists": True})
TEMPLATE = """\
# wslc user settings
session:
  # cpuCount: default

  # memorySize: default

# credentialStore: wincred
"""
OWN = "session:\n    cpuCount: 4   # mine\n    other: 1\ncredentialStore: file\n"


def at(text=None, program=THERE, **parts):
    file = ABSENT if text is None else contents(text.encode(), "a" * 64)
    state = wslc.read({"program": program, "file": file}, True)
    return laptop(wslc=state, **{"user": {"connected": True}} | parts)


def plan(declared, machine):
    return planning.plan(wanted(RESOURCE, {"wslc": declared}), machine)


def write(made):
    (step,) = made.steps
    wire = Wire({"file.write": DONE})
    wire.drive(step.does(RUN))
    return wire


def made_of(text, declared):
    """Return the text that is written."""
    (step,) = plan(declared, at(text)).steps
    sent = []

    class Kept(Wire):
        def _answer(self, asked):
            sent.append(asked.fields)
            return DONE

    Kept().drive(step.does(RUN))
    assert sent[0]["path"] == rf"{ALICE.profile}\AppData\Local\wslc\settings.yaml"
    assert sent[0]["expected"] == ("" if text is None else "a" * 64)
    return base64.b64decode(sent[0]["data"]).decode()


def test_each_setting_of_the_source_can_be_declared():
    properties = schema("wslc")["properties"]
    places = {f"{name}.{key}" for name in document.SECTIONS for key in properties[name]["properties"]} | {"credentialStore"}
    assert places == KEYS
    assert len(KEYS) == 12


@pytest.mark.parametrize(
    ("text", "declared", "made"),
    [
        (None, {"session": {"cpuCount": 2, "dnsTunneling": False}}, "session:\n  dnsTunneling: false\n  cpuCount: 2\n"),
        (TEMPLATE, {"session": {"memorySize": "4GB"}}, TEMPLATE.replace("session:\n", "session:\n  memorySize: 4GB\n")),
        (OWN, {"session": {"cpuCount": 2}}, OWN.replace("cpuCount: 4", "cpuCount: 2")),
        (OWN, {"session": {"idleTimeout": 60}}, OWN.replace("session:\n", "session:\n    idleTimeout: 60\n")),
        (OWN, {"credentialStore": None}, OWN.replace("credentialStore: file\n", "")),
        ("credentialStore: file", {"experimental": {"portRelay": "wslrelay"}},
         "credentialStore: file\nexperimental:\n  portRelay: wslrelay\n"),
        (None, {"session": {"storagePath": r"D:\it's"}}, "session:\n  storagePath: 'D:\\it''s'\n"),
    ],
)  # fmt: skip
def test_a_persons_own_lines_stay(text, declared, made):
    assert made_of(text, declared) == made
    assert plan(declared, at(made)).steps == ()


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("session: {memorySize: 8192MB}\n", {"session": {"memorySize": "8GB"}}),
        ("session: {cpuCount: default}\n", {"session": {"cpuCount": None}}),
        ("session: {dnsTunneling: 'yes'}\n", {"session": {"dnsTunneling": True}}),
        (None, {"session": None, "credentialStore": None, "experimental": {"portRelay": None}}),
        (TEMPLATE, {"session": None}),
    ],
)
def test_what_means_the_same_is_as_declared(text, declared):
    assert plan(declared, at(text)).steps == ()


def test_a_section_that_is_null_takes_all_of_it_out():
    assert made_of(OWN, {"session": None}) == OWN.replace("    cpuCount: 4   # mine\n", "")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("session: {cpuCount: 4, other: 1}\n", "cannot be changed"),
        ("session:\n  memorySize: >\n    4\n    GB\n  cpuCount: 1\n", "line"),
        ("session: [\n", "it is no YAML in line"),
        ("- a\n", "it has no keys"),
        ("a: &x 1\nb: *x\n", "an anchor or an alias"),
        ("\x00", "it is no YAML"),
        ("a: " + "[" * 5000, "it is no YAML"),
    ],
)
def test_what_cannot_be_changed_is_left_alone(text, cause):
    made = plan({"session": {"cpuCount": 2, "memorySize": "8GB"}}, at(text))
    assert not made.steps
    assert cause in made.failures[0].cause
    assert made.failures[0].remedy


def test_what_is_no_text_or_no_settings_file_is_said():
    assert "no UTF-8" in wslc.read({"file": contents(b"\xff\xfe")}, True).problem
    assert "which is no settings file" in wslc.read({"file": Answer(True, {"exists": True, "size": 1 << 20})}, True).problem
    assert (
        "Access to the registry key is denied"
        in plan({"credentialStore": "file"}, laptop(wslc=wslc.read({"file": DENIED}, True))).failures[0].cause
    )


def test_where_there_are_no_containers_nothing_is_written():
    old = at(OWN, program=ABSENT)
    (failure,) = plan({"credentialStore": "wincred"}, old).failures
    assert (failure.cause, failure.code) == ("WSL 2.6.1.0 has no containers", "no_wslc")
    assert "minimum 2.9.3" in failure.remedy
    assert wslc.read({"file": ABSENT}, False).there is False
    assert wslc.read({"file": ABSENT}, None).there is None
    assert plan({"credentialStore": "file"}, laptop(wslc=wslc.read({"file": ABSENT}, None), user={"connected": True})).steps


def test_for_one_who_is_away_a_link_is_not_followed():
    link = Answer(False, {}, "link", r"C:\Users\alice\AppData is a link")
    (deferred,) = plan({"credentialStore": "file"}, laptop(wslc=wslc.read({"file": link}, True))).deferred
    assert deferred.waits_for == "user logon"


def test_a_file_that_changed_meanwhile_is_not_written_over():
    (step,) = plan({"credentialStore": "wincred"}, at(OWN)).steps
    with pytest.raises(StepError, match="could not be written"):
        Wire({"file.write": Answer(False, {}, "changed", "it was changed")}).drive(step.does(RUN))


def test_another_place_for_the_images_says_what_it_means():
    (step,) = plan({"session": {"storagePath": r"D:\c"}}, at()).steps
    assert "are not seen any more" in step.note
    assert "next session" in step.note


def test_what_a_policy_or_wslc_itself_ignores_is_told():
    made = plan({"credentialStore": "file"}, at(OWN, wsl_policy=wsl_policy.State({"AllowWSLContainer": 0})))
    assert made.warnings == (
        "policy AllowWSLContainer is 0: WSL's containers (wslc) are refused, whatever is set for them",
        "settings.yaml: wslc does not know session.other",
    )


def test_adopted_settings_change_nothing():
    text = OWN + "experimental:\n  portRelay: wslrelay\n"
    found = {".".join(one.path): one.value for one in registry.ask(RESOURCE, "adopt", at(text)) if one.value is not None}
    assert found == {"wslc.session.cpuCount": 4, "wslc.credentialStore": "file", "wslc.experimental.portRelay": "wslrelay"}
    assert registry.ask(RESOURCE, "adopt", at()) == ()


@pytest.mark.parametrize(
    ("declared", "cause"),
    [
        ({"session": {"cpucount": 2}}, "did you mean cpuCount?"),
        ({"session": {"cpuCount": 0}}, "cpuCount"),
        ({"session": {"memorySize": "4 GB"}}, "is not a size"),
        ({"session": {"networkingMode": "mirrored"}}, "none, nat, consomme"),
        ({"session": {"defaultBindingAddress": "256.0.0.1"}}, "is not an IPv4 address"),
        ({"session": {"storagePath": "containers"}}, "storagePath"),
        ({"credentialStore": "plain"}, "wincred, file"),
    ],
)
def test_what_wslc_would_ignore_is_refused(declared, cause):
    found = refusal(RESOURCE, {"wslc": declared})
    assert cause in f"{found.cause} {found.remedy}"


def test_what_is_asked_is_known_before_the_package_is_there():
    coming = wsl_plan.expected(laptop(wsl=NOTHING))
    assert RESOURCE.session(coming) == RESOURCE.session(laptop()) != {}  # else the look after its installation needs two requests
    assert RESOURCE.session(laptop(wsl=NOTHING)) == {}
