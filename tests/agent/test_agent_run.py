"""The verb run: arguments, streams, time, and what a program leaves behind."""

import json
import os
import time

import pytest
from side import b64, fails, out, unbase64

WORDS = [
    *("plain", "two words", 'a"quote', "back\\slash", "end\\", "end with space\\", '\\"', "", "tab\there", "Ünïcödé 北京"),
    *("$env:X; `n", "%PATH%", "'single'", "a\\\\b\\", "2026-01-02T03:04:05Z"),
]


def test_arguments_arrive_as_they_were_given(agent):
    assert json.loads(out(agent.run("arguments", *WORDS))) == WORDS


def test_streams_and_exit_code_come_back(agent):
    result = agent.run("cat_and_fail", stdin=b64(b"\xff\xfehello\n"))
    assert unbase64(result["value"]["stdout"]) == b"\xff\xfehello\n"
    assert out(result, "stderr") == "oops\n"
    assert result["value"]["exit_code"] == 7
    assert result["value"]["timed_out"] is result["value"]["truncated"] is False


def test_environment_and_folder_are_set(agent, place):
    result = agent.run("environment", "WSL_UTF8", environment={"WSL_UTF8": 1}, folder=place.folder)
    assert out(result) == f"1\n{place.folder}\n"


def test_much_data_goes_both_ways(agent):
    payload = os.urandom(3_000_000)
    value = agent.run("tee", stdin=b64(payload))["value"]
    assert unbase64(value["stdout"]) == payload == unbase64(value["stderr"])


def test_output_beyond_the_limit_is_cut_and_said_so(agent):
    value = agent.run("zeros", "500000", limit=1000)["value"]
    assert value["truncated"]
    assert len(unbase64(value["stdout"])) == 1000


def test_a_timeout_kills_the_whole_tree_and_keeps_what_was_said(agent):
    begin = time.monotonic()
    result = agent.run("hang_with_child", timeout=1.5)
    word, child = out(result).split()
    assert result["value"]["timed_out"]
    assert word == "begun"
    assert time.monotonic() - begin < 6
    time.sleep(0.3)
    assert not agent.runs(int(child))


def test_a_program_that_closed_its_output_times_out_too(agent):
    assert agent.run("close_and_hang", timeout=1)["value"]["timed_out"]


def test_a_child_that_stays_is_not_waited_for(agent):
    begin = time.monotonic()
    result = agent.run("leave_child")
    assert result["value"]["exit_code"] == 0
    assert out(result) == "started\n"
    assert time.monotonic() - begin < 5


def test_many_children_that_stay_do_no_harm(agent):
    assert [out(agent.run("leave_child")) for _ in range(4)] == ["started\n"] * 4


def test_a_program_need_not_read_its_input(agent):
    result = agent.run("nothing", stdin=b64(b"x" * 1_000_000))
    assert result["value"]["exit_code"] == 0


def test_live_output_comes_while_the_program_runs(agent):
    seen = []
    result = agent.run("count", live=True, on_event=lambda event: seen.append((time.monotonic(), event)))
    assert b"".join(unbase64(event["data"]) for _, event in seen) == b"1\n2\n3\n" == unbase64(result["value"]["stdout"])
    assert seen[-1][0] - seen[0][0] > 0.4
    assert {(event["event"], event["stream"], event["call"]) for _, event in seen} == {("output", "stdout", 0)}


def test_without_live_there_are_no_events(agent):
    seen = []
    agent.run("count", on_event=seen.append)
    assert not seen


@pytest.mark.parametrize("exe", ["no-such-program.exe", "no-such-folder/program.exe"])
def test_a_program_that_is_not_there_is_not_found(agent, exe):
    fails(agent.ask({"verb": "run", "exe": exe})[0], "not_found")


def test_a_lost_connection_ends_what_ran(agent):
    agent.send(json.dumps({"id": 1, "calls": [{"verb": "run", **agent.probe("hang_with_child"), "live": True}]}).encode())
    child = int(unbase64(agent.receive()["data"]).split()[1])
    assert agent.runs(child)
    if type(agent).__name__ != "LabAgent":
        pytest.skip("it is Windows' sshd that ends them: there is none between this agent and us")
    agent.kill()
    time.sleep(0.3)
    assert not agent.runs(child)
