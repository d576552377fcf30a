"""PowerShell's remoting: scripts, our agent in a runspace, streams, pools; with pypsrp, which nobody here wrote."""

import base64
import json

import pytest
from pypsrp.complex_objects import PSInvocationState
from pypsrp.exceptions import InvalidPSRPOperation, WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from winrm_laptop import quickly

from pyinfra_wsl import agent
from pyinfra_wsl.lab.winrm import psrp, script


def run(pool, source, given=None, **options):
    with PowerShell(pool) as one:
        one.add_script(source, **options)
        return one.invoke(given), [str(error) for error in one.streams.error], one.state


def told(serving, *, tls=None, **settings):
    """Have a story told with a pool that is open."""

    def story(served):
        with (
            served.wsman(**({} if tls is None else {"tls": tls, "auth": "negotiate", "encryption": "auto"})) as wsman,
            RunspacePool(wsman) as pool,
        ):
            serving(served, pool)

    return quickly(story, **settings)


def test_programs_are_run_and_their_lines_are_objects():
    def story(_served, pool):
        assert run(pool, "hostname")[0] == ["LT-SSH"]
        assert run(pool, '& "C:\\Windows\\System32\\cmd.exe" /c "echo one& echo two"')[0] == ["one", "two"]
        assert run(pool, "hostname; whoami\n\n# nothing\n'end'")[0] == ["LT-SSH", r"lt-ssh\fleet-admin", "end"]

    assert told(story).machine.complaints == []


@pytest.mark.parametrize(
    ("source", "value"), [("'it''s'", "it's"), ('"x"', "x"), ("42", 42), ("$true", True), (script.MODE, "FullLanguage")]
)
def test_literals(source, value):
    told(lambda _served, pool: assert_equal(run(pool, source)[0], [value]))


def assert_equal(one, other):
    assert one == other


def test_an_unknown_program_is_an_error_of_a_script_and_the_end_of_a_command():
    def story(_served, pool):
        out, errors, state = run(pool, "nonsuch\n'on'")
        assert (out, state) == (["on"], PSInvocationState.COMPLETED)
        assert "'nonsuch' is not recognized as the name of a cmdlet" in errors[0]
        with PowerShell(pool) as one:
            one.add_cmdlet("nonsuch").invoke()
            assert one.had_errors

    assert told(story).machine.complaints == []


@pytest.mark.parametrize("source", ["get-process", "$x = 1", "hostname | more", "if (1) { hostname }"])
def test_what_needs_an_interpreter_is_a_loud_refusal(source):
    def story(served, pool):
        _out, errors, state = run(pool, source)
        assert state == PSInvocationState.FAILED
        assert "the lab has no PowerShell" in errors[0]
        assert served.machine.complaints

    told(story)


def test_stderr_is_errors_and_the_script_goes_on():
    def story(_served, pool):
        out, errors, state = run(pool, 'cmd.exe /c "dir nonsuch"\n1')
        assert out[-1] == 1
        assert errors
        assert state == PSInvocationState.COMPLETED

    told(story)


class Host(PSHost):
    """A host that keeps with which code a script exits."""

    code = None

    def SetShouldExit(self, *told):  # noqa: N802 - as it is called
        self.code = told[-1]


def test_a_script_tells_its_host_with_which_code_it_exits():
    def story(served):
        host = Host(None, None, False, "test", None, PSHostUserInterface(), "1.0")
        with served.wsman() as wsman, RunspacePool(wsman, host=host) as pool:
            run(pool, 'cmd.exe /c "exit 7"\nexit $LASTEXITCODE\nhostname')
            assert host.code == 7

    quickly(story)


def test_out_string_and_invoke_expression_as_execute_ps_has_them():
    def story(served):
        with served.client() as client:
            assert client.execute_ps("hostname", environment={"WHO": "me"})[0] == "LT-SSH"
        with served.wsman() as wsman, RunspacePool(wsman) as pool, PowerShell(pool) as one:
            assert one.add_script("1\n2").add_cmdlet("Out-String").invoke() == ["1\r\n2\r\n"]

    quickly(story)


@pytest.fixture
def whole():
    """The script of the pipeline in which the agent and its requests are."""
    return agent.pipeline_script()


@pytest.mark.parametrize("tls", [True, False])
def test_the_agent_lives_in_one_pipeline_and_in_the_next_one_of_its_pool(whole, tls):
    def story(served, pool):
        request = json.dumps({"id": 1, "calls": [{"verb": "file.state", "path": r"%SystemRoot%\System32\cmd.exe"}]})
        source = base64.b64encode(agent.source()).decode()
        hello, answer = run(pool, whole, [source, request], use_local_scope=False)[0]
        assert json.loads(hello)["hello"]["computer"] == "LT-SSH"
        assert json.loads(answer)["results"][0]["value"]["exists"]
        holder = served.machine.processes.get(json.loads(hello)["hello"]["process"])
        assert holder.name == "wsmprovhost.exe"
        (again,) = run(pool, whole, [request], use_local_scope=False)[0]
        assert json.loads(again)["id"] == 1
        assert served.machine.complaints == []

    told(story, tls=tls)


def test_events_of_a_live_call_are_records_of_information(whole):
    def story(_served, pool):
        request = {"id": 9, "calls": [{"verb": "run", "exe": "hostname.exe", "live": True}]}
        with PowerShell(pool) as one:
            given = [base64.b64encode(agent.source()).decode(), json.dumps(request)]
            answer = one.add_script(whole, use_local_scope=False).invoke(given)[1]
            events = [json.loads(record.message_data) for record in one.streams.information]
        assert json.loads(answer)["results"][0]["ok"]
        assert base64.b64decode(events[0]["data"]) == b"LT-SSH\r\n"

    told(story)


def test_answers_come_before_the_input_has_ended(whole):
    def story(_served, pool):
        with PowerShell(pool) as one:
            one.add_script(whole, use_local_scope=False)
            got = []

            def given():
                yield base64.b64encode(agent.source()).decode()
                yield json.dumps({"id": 1, "calls": []})  # what was yielded is sent when the next one is at hand
                while not one.output:
                    one.poll_invoke()
                got.append(json.loads(one.output[0]))
                yield json.dumps({"id": 2, "calls": []})

            one.invoke(given())
        assert "hello" in got[0]
        assert [json.loads(line)["id"] for line in one.output[1:]] == [1, 2]

    told(story)


def test_what_is_not_our_agent_is_a_loud_refusal(whole):
    def story(served, pool):
        assert run(pool, whole, ["bm90IG91cnM="])[2] == PSInvocationState.FAILED
        assert "not the agent that is shipped" in served.machine.complaints[0]

    told(story)


def test_a_laptop_in_constrained_language(whole):
    def story(served, pool):
        served.machine.faults.constrained_language = True
        assert run(pool, whole, ["x"])[0] == ['{"refused":"ConstrainedLanguage"}']
        assert run(pool, script.MODE)[0] == ["ConstrainedLanguage"]

    told(story)


def test_an_endpoint_without_language():
    def story(_served, pool):
        _out, errors, state = run(pool, "'x'")
        assert state == PSInvocationState.FAILED
        assert "no-language mode" in errors[0]
        with PowerShell(pool) as one:
            assert one.add_cmdlet("hostname").invoke() == ["LT-SSH"]

    told(story, language_mode="NoLanguage")


@pytest.mark.parametrize("words", ["a\0b", "\x1b[0m", "Jürgen 张伟 🐧", "_x0041_", "a\r\nb", " "])
def test_strings_come_as_they_went(words):
    told(lambda _served, pool: assert_equal(run(pool, "$input", [words])[0], [words]))


def test_a_runspace_has_one_pipeline_at_a_time():
    def story(_served, pool):
        first = PowerShell(pool).add_script("start-sleep 100000")
        first.begin_invoke()
        second = PowerShell(pool).add_script("'second'")
        second.begin_invoke()
        assert pool.get_available_runspaces() == 0
        first.stop()
        assert second.end_invoke() == ["second"]

    told(story)


def test_a_nested_pipeline_is_one_as_any_other_where_there_is_a_runspace_for_it():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman, max_runspaces=2) as pool:
            first = PowerShell(pool).add_script("start-sleep 100000")
            first.begin_invoke()
            nested = first.create_nested_power_shell().add_script("'nested'")
            assert nested.invoke() == ["nested"]
            first.stop()

    quickly(story)


def test_a_nested_pipeline_beside_one_in_the_only_runspace_is_a_loud_refusal():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            first = PowerShell(pool).add_script("start-sleep 100000")
            first.begin_invoke()
            nested = first.create_nested_power_shell().add_script("'nested'")
            nested.invoke()
            assert nested.state == PSInvocationState.FAILED
            assert "a nested pipeline" in str(nested.streams.error[0])
            first.stop()
        assert ["a nested pipeline" in one for one in served.machine.complaints] == [True]

    quickly(story)


def test_runspaces_are_counted_and_bounded():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman, max_runspaces=3) as pool:
            assert pool.get_available_runspaces() == 3
            pool.max_runspaces = 5
            assert pool.get_available_runspaces() == 5
            pool.min_runspaces = 2
            with pytest.raises(InvalidPSRPOperation):
                pool.min_runspaces = 6
            with pytest.raises(InvalidPSRPOperation):
                pool.max_runspaces = 0

    quickly(story)


def test_a_reset_takes_the_variables_of_our_agent_and_leaves_its_functions(whole):
    def story(served, pool):
        source = base64.b64encode(agent.source()).decode()
        run(pool, whole, [source])
        pool.reset_runspace_state()
        assert run(pool, whole, [source])[2] == PSInvocationState.FAILED
        assert "has our agent's functions and not its variables" in served.machine.complaints[0]

    told(story)


def test_keys_are_exchanged():
    def story(_served, pool):
        pool.exchange_keys()
        assert pool.serialize("x") is not None

    told(story)


def test_the_input_of_one_pipeline_is_bounded(monkeypatch):
    monkeypatch.setattr(psrp, "MOST_INPUT", 200_000)

    def story(_served, pool):
        out, errors, state = run(pool, "$input", ["x" * 90_000] * 5)
        assert state == PSInvocationState.FAILED
        assert "total data received from the remote client exceeded" in errors[0]
        assert len(out) < 5
        assert run(pool, "1")[0] == [1]

    told(story)


def test_one_object_of_input_is_bounded(monkeypatch):
    monkeypatch.setattr(psrp, "MOST_OBJECT", 150_000)

    def story(_served, pool):
        assert run(pool, "$input", ["x" * 100_000])[0] == ["x" * 100_000]
        _out, errors, state = run(pool, "$input", ["x" * 200_000])
        assert state == PSInvocationState.FAILED
        assert "current deserialized object size" in errors[0]
        assert run(pool, "1")[0] == [1]

    told(story)


def test_the_memory_of_a_shell_is_bounded_and_its_host_dies_of_more():
    def story(served, pool):
        with pytest.raises(WSManFaultError) as refused:
            PowerShell(pool).add_script("$input").invoke(["x" * 300_000] * 10)
        assert refused.value.code in (995, 2150858843)
        assert not pool.is_alive()
        assert not [one for one in served.machine.processes if one.name == "wsmprovhost.exe"]

    told(story, quotas={"MaxMemoryPerShellMB": 59})


def test_bytes_that_are_none_of_the_protocol_break_the_pool():
    def story(_served, pool):
        pool.shell.send("stdin", b"\0" * 8 + b"\0" * 7 + b"\7" + b"\3" + (4).to_bytes(4, "big") + b"junk")
        with pytest.raises(InvalidPSRPOperation):
            _receive_for_good(pool)

    told(story)


def _receive_for_good(pool):
    while True:
        pool._receive()


def test_what_the_agent_locked_is_free_when_its_shell_ends(whole):
    request = json.dumps({"id": 1, "calls": [{"verb": "file.lock", "path": r"C:\lock", "holder": "me"}]})

    def story(served):
        with served.wsman() as wsman:
            for _ in range(2):
                with RunspacePool(wsman) as pool:
                    source = base64.b64encode(agent.source()).decode()
                    answer = run(pool, whole, [source, request])[0][1]
                    assert json.loads(answer)["results"][0]["ok"]

    quickly(story)
