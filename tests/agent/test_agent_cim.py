"""The verb cim.get: what Windows says of itself."""

import datetime

import pytest
from side import fails


def test_the_agents_own_process_names_its_owner(windows_agent):
    where = f"ProcessId={windows_agent.hello['process']}"
    owner, sid = windows_agent.ask(
        {
            "verb": "cim.get",
            "class": "Win32_Process",
            "properties": ["Handle", "ProcessId"],
            "filter": where,
            "method": "GetOwner",
        },
        {
            "verb": "cim.get",
            "class": "Win32_Process",
            "properties": ["Handle", "ProcessId"],
            "filter": where,
            "method": "GetOwnerSid",
        },
    )
    (one,) = owner["value"]["objects"]
    assert one["ProcessId"] == windows_agent.hello["process"]
    assert one["returns"]["User"].lower() == windows_agent.hello["user"].lower()
    assert one["returns"]["ReturnValue"] == 0
    assert sid["value"]["objects"][0]["returns"]["Sid"].startswith("S-1-5-21-")


def test_properties_are_those_that_were_asked_for(windows_agent):
    (result,) = windows_agent.ask(
        {"verb": "cim.get", "class": "Win32_OperatingSystem", "properties": ["BuildNumber", "LastBootUpTime"]}
    )
    (system,) = result["value"]["objects"]
    assert set(system) == {"BuildNumber", "LastBootUpTime"}
    assert system["BuildNumber"].isdigit()
    assert datetime.datetime.fromisoformat(system["LastBootUpTime"]).tzinfo is not None


def test_a_condition_that_nothing_meets_gives_nothing(windows_agent):
    (result,) = windows_agent.ask({"verb": "cim.get", "class": "Win32_Process", "filter": "Name='no such program.exe'"})
    assert result["value"] == {"objects": []}


def test_either_of_two_conditions_is_enough_and_each_object_is_asked_for_its_owner(windows_agent):
    own = windows_agent.hello["process"]
    where = f"Name='no such program.exe' OR ProcessId={own}"
    names = ["Handle", "ProcessId", "Name", "CommandLine"]
    call = {"verb": "cim.get", "class": "Win32_Process", "properties": names, "filter": where, "method": "GetOwnerSid"}
    (one,) = windows_agent.ask(call)[0]["value"]["objects"]
    assert one["ProcessId"] == own
    assert set(names) <= set(one)
    assert one["returns"]["Sid"].startswith("S-1-5-21-")


@pytest.mark.parametrize(
    "call",
    [
        {"class": "Win32_NoSuchClass"},
        {"class": "Win32_Process", "filter": "this is no condition"},
        {"class": "Win32_Process", "properties": ["NoSuchProperty"]},
        {"class": "Win32_Process", "namespace": "root/nowhere"},
    ],
)
def test_what_windows_does_not_know_fails(windows_agent, call):
    fails(windows_agent.ask({"verb": "cim.get", **call})[0], "failed")
