"""Shells and commands over WinRM: what they answer, and what they refuse."""

import threading
import time
import xml.etree.ElementTree as ET

import pytest
from pypsrp.complex_objects import PSInvocationState
from pypsrp.exceptions import InvalidPipelineStateError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import NAMESPACES, SelectorSet, WSManAction
from winrm_laptop import alice_may, quickly, serve

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
NO_SELECTORS = 2150858843
TIMED_OUT = 2150858793


def code(does, *words, **more):
    with pytest.raises(WSManFaultError) as refused:
        does(*words, **more)
    return refused.value.code


def raw(wsman, action, resource=f"{SHELL}/cmd", *, body=None, of=None, timeout=None):
    selectors = SelectorSet()
    if of:
        selectors.add_option("ShellId", of)
    return wsman.invoke(action, resource, body, None, selectors, timeout)


def test_a_new_shell_tells_its_fields_as_windows_does():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            state = pool.shell._get_shell()
            assert pool.shell.owner == r"LT-SSH\fleet-admin"
            assert (state["IdleTimeOut"], state["MaxIdleTimeOut"]) == ("PT7200.000S", "PT2147483.647S")
            assert (state["State"], state["BufferMode"], state["ProfileLoaded"]) == ("Connected", "Block", "Yes")
            names = {process.name for process in served.machine.processes if str(process.pid) == state["ProcessId"]}
            assert names == {"wsmprovhost.exe"}
            assert pool.is_alive()

    quickly(story)


def test_an_unknown_configuration_and_one_that_is_forbidden():
    def story(served):
        with served.wsman() as wsman:
            assert code(RunspacePool(wsman, configuration_name="PowerShell.7").open) == 2150858811
            assert code(RunspacePool(wsman, configuration_name="Jea").open) == 5
            assert code(raw, wsman, WSManAction.CREATE, "http://elsewhere/") == 2150858811
            RunspacePool(wsman, configuration_name="microsoft.powershell32").open()

    told = {"Microsoft.PowerShell32": "administrators", "Jea": "nobody"}
    quickly(story, configurations=told)


@pytest.mark.parametrize("seconds", [59, 2147484])
def test_an_idle_timeout_has_bounds(seconds):
    def story(served):
        with served.wsman() as wsman:
            assert code(RunspacePool(wsman, idle_timeout=seconds).open) == 2150859250
            with RunspacePool(wsman, idle_timeout=60) as pool:
                assert pool.shell.idle_time_out == "PT60.000S"

    quickly(story)


def test_the_quota_of_shells_is_told_in_the_other_form():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman), RunspacePool(wsman):
            with pytest.raises(WSManFaultError) as refused:
                WinRS(wsman).open()
            assert refused.value.code == "w:QuotaLimit"
            assert "maximum number of 2 concurrent shells" in refused.value.reason
        with served.wsman() as wsman, WinRS(wsman) as shell:
            assert shell.opened

    quickly(story, quotas={"MaxShellsPerUser": 2})


def test_the_quota_of_users():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman), served.wsman(username=r"CORP\alice", password="of alice") as other:
            with pytest.raises(WSManFaultError) as refused:
                WinRS(other).open()
            assert "concurrent shell users" in refused.value.reason

    serve(story, alice_may, quotas={"MaxConcurrentUsers": 1})


def test_another_account_does_not_see_a_shell():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell, served.wsman(username=r"CORP\alice", password="of alice") as other:
            assert code(raw, other, WSManAction.DELETE, of=shell.id) == NO_SELECTORS
            assert code(raw, other, WSManAction.GET, SHELL, of=shell.id) == NO_SELECTORS

    serve(story, alice_may)


def test_pipelines_that_nobody_closes_use_up_their_quota():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            for _ in range(3):
                PowerShell(pool).add_script("1").invoke()
            with pytest.raises(WSManFaultError) as refused:
                PowerShell(pool).add_script("1").invoke()
            assert refused.value.code == "w:InternalError"
            assert "concurrent commands per shell" in refused.value.reason
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            for _ in range(6):
                with PowerShell(pool) as one:
                    assert one.add_script("1").invoke() == [1]

    quickly(story, quotas={"MaxConcurrentCommandsPerShell": 3})


def test_operations_at_a_time_have_a_quota():
    def story(served):
        with served.wsman() as wsman, served.wsman() as other, RunspacePool(wsman) as pool:
            waits = threading.Thread(target=lambda: code(pool.shell.receive, "stdout", timeout=1))
            waits.start()
            while not served.winrm.service.operations.total():
                time.sleep(0.01)
            with pytest.raises(WSManFaultError) as refused:
                raw(other, WSManAction.GET, SHELL, of=pool.id)
            assert "concurrent operations" in refused.value.reason
            waits.join()

    quickly(story, quotas={"MaxConcurrentOperationsPerUser": 1})


def test_a_command_id_is_used_once():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            own = "0DB10B05-4CA9-4C08-8AD3-0C5C9E9F7C11"
            answer = shell.command("hostname", None, command_id=own)
            assert answer.findtext("rsp:CommandResponse/rsp:CommandId", None, NAMESPACES) == own
            assert code(shell.command, "hostname", None, command_id=own) == 2150859222

    quickly(story)


def test_nothing_to_say_is_a_fault_when_the_time_is_over():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            begun = time.monotonic()
            assert code(pool.shell.receive, "stdout", timeout=1) == TIMED_OUT
            assert time.monotonic() - begun > 0.9

    quickly(story)


def test_an_operation_takes_no_longer_than_the_service_allows():
    def story(served):
        with served.wsman(operation_timeout=3600, read_timeout=3700) as wsman, RunspacePool(wsman) as pool:
            assert code(pool.shell.receive, "stdout") == TIMED_OUT

    quickly(story, quotas={"MaxTimeoutms": 300})


def test_a_timeout_that_is_none_is_refused():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            with pytest.raises(WSManFaultError) as refused:
                raw(wsman, WSManAction.GET, SHELL, of=shell.id, timeout=-1)
            assert refused.value.code == 2150858767
            assert "PT-1S" in refused.value.reason

    quickly(story)


def test_output_comes_in_pieces_and_no_answer_is_longer_than_its_client_takes():
    def story(served):
        sizes, pieces = [], []
        with served.wsman(tls=True, encryption="never") as wsman, WinRS(wsman) as shell:
            wsman.transport.session.hooks["response"].append(lambda answer, **_: sizes.append(len(answer.content)))
            served.machine.files.write(r"C:\Users\fleet-admin\big.txt", b"x" * 400_000, None)
            process = Process(shell, "type big.txt")
            process.begin_invoke()
            while process.state != f"{SHELL}/CommandState/Done":
                before = len(process.stdout)
                process.poll_invoke()
                pieces.append(len(process.stdout) - before)
            assert (len(process.stdout), process.rc) == (400_000, 0)
        assert max(sizes) <= 153600
        assert len(pieces) > 3

    quickly(story)


def test_a_command_that_was_terminated_or_never_was():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "hostname")
            process.invoke()
            process.signal(SignalCode.TERMINATE)
            with pytest.raises(WSManFaultError) as refused:
                shell.receive("stdout stderr", process.id)
            assert refused.value.code == NO_SELECTORS
            assert "command identifier that does not exist" in refused.value.reason
            assert code(shell.signal, SignalCode.TERMINATE, process.id) == NO_SELECTORS
            assert code(shell.send, "stdin", b"", "0DB10B05-4CA9-4C08-8AD3-0C5C9E9F7C11") == NO_SELECTORS

    quickly(story)


def test_whoever_fetches_after_the_end_is_refused():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "hostname")
            process.invoke()
            assert code(shell.receive, "stdout stderr", process.id) == 87

    quickly(story)


def test_an_unknown_shell_is_told_by_its_provider():
    def story(served):
        with served.wsman() as wsman:
            for action in (WSManAction.DELETE, WSManAction.COMMAND, WSManAction.RECEIVE, WSManAction.GET):
                with pytest.raises(WSManFaultError) as refused:
                    raw(wsman, action, SHELL, of="0DB10B05-4CA9-4C08-8AD3-0C5C9E9F7C11")
                assert (refused.value.code, refused.value.provider) == (NO_SELECTORS, "Shell provider")

    quickly(story)


def test_a_shell_that_was_deleted_takes_its_programs_and_its_waiting_clients_along():
    def story(served):
        with served.wsman() as wsman, served.wsman() as other:
            shell = WinRS(wsman)
            shell.open()
            process = Process(shell, "ping -n 100000 127.0.0.1 > nul")
            process.begin_invoke()
            seen = []

            def wait():
                try:
                    while True:
                        process.poll_invoke()
                except WSManFaultError as fault:
                    seen.append(fault.code)

            waits = threading.Thread(target=wait)
            waits.start()
            while not any(one.name == "ping.exe" for one in served.machine.processes):
                time.sleep(0.01)
            raw(other, WSManAction.DELETE, of=shell.id)
            waits.join()
            assert seen == [995]
            assert not [one for one in served.machine.processes if one.name in ("ping.exe", "cmd.exe", "winrshost.exe")]

    quickly(story)


def test_input_is_for_streams_that_there_are():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            assert code(pool.shell.send, "elsewhere", b"") == 0x80540BBE

    quickly(story)


def test_input_reaches_a_command():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "sort")
            process.begin_invoke()
            process.send(b"b\r\n", end=False)
            process.send(b"a\r\n", end=True)
            process.end_invoke()
            assert process.stdout == b"a\r\nb\r\n"
            assert code(process.send, b"c", end=True) == 87

    quickly(story)


def test_input_while_the_last_is_still_taken_is_busy():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "sort")
            process.begin_invoke()
            command = served.winrm.service.shells[shell.id].commands[process.id]
            command.sending = True
            assert code(process.send, b"a\r\n", end=True) == 170
            command.sending = False

    quickly(story)


def test_variables_and_folder_of_a_shell():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman, environment={"WHO": "me"}, working_directory=r"C:\Windows") as shell:
            process = Process(shell, "echo %WHO% & cd")
            process.invoke()
            assert process.stdout == b"me \r\nC:\\Windows\r\n"

    quickly(story)


def test_ctrl_c_ends_a_command_and_terminate_forgets_it():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "ping -n 100000 127.0.0.1")
            process.begin_invoke()
            process.signal(SignalCode.CTRL_C)
            process.end_invoke()
            assert process.rc == 0xC000013A
            process.signal(SignalCode.TERMINATE)
            assert not served.winrm.service.shells[shell.id].commands

    quickly(story)


@pytest.mark.parametrize(("word", "state"), [("crtl_c", "stopped"), ("ctrl_c", "gone"), ("terminate", "gone")])
def test_a_pipeline_is_stopped_by_the_word_as_the_protocol_spells_it(word, state):
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            one = PowerShell(pool).add_script("Start-Sleep 100000")
            one.begin_invoke()
            prefix = "powershell" if word != "terminate" else SHELL
            pool.shell.signal(f"{prefix}/signal/{word}", one.id.upper())
            if state == "stopped":
                one.end_invoke()
                assert one.state == PSInvocationState.STOPPED
                pool.shell.signal(SignalCode.TERMINATE, one.id.upper())
            else:
                assert code(pool.shell.receive, "stdout", one.id.upper()) == NO_SELECTORS
            assert PowerShell(pool).add_script("'next'").invoke() == ["next"]

    quickly(story)


def test_a_finished_pipeline_is_stopped_without_complaint():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            one = PowerShell(pool).add_script("1")
            one.invoke()
            with pytest.raises(InvalidPipelineStateError):
                one.stop()
            one.close()

    quickly(story)


def test_an_unused_shell_says_that_it_is_disconnected_and_still_works():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            served.now(
                lambda: setattr(
                    served.winrm.service.shells[pool.id], "touched", served.winrm.service.shells[pool.id].touched - 62
                )
            )
            state = pool.shell._get_shell()
            assert (state["State"], state["ShellInactivity"]) == ("Disconnected", "P0DT0H1M2S")
            assert PowerShell(pool).add_script("1").invoke() == [1]
            assert pool.shell._get_shell()["State"] == "Connected"

    quickly(story)


def test_a_shell_that_nobody_asks_for_is_deleted():
    def story(served):
        with served.wsman() as wsman:
            pool = RunspacePool(wsman, idle_timeout=60)
            pool.open()
            shell = served.winrm.service.shells[pool.id]
            served.now(lambda: setattr(shell, "touched", shell.touched - 61))
            assert code(PowerShell(pool).add_script("1").invoke) == NO_SELECTORS
            assert shell.process not in list(served.machine.processes)

    quickly(story)


def test_the_configuration_can_be_read():
    def story(served):
        with served.wsman() as wsman:
            config = wsman.get_server_config()
            assert (
                config.findtext(
                    "cfg:Config/cfg:MaxEnvelopeSizekb", None, {"cfg": "http://schemas.microsoft.com/wbem/wsman/1/config"}
                )
                == "150"
            )
            assert b"MaxShellsPerUser" in ET.tostring(config)

    quickly(story, quotas={"MaxEnvelopeSizekb": 150})


def test_the_programs_of_a_shell_have_a_quota():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "hostname")
            process.invoke()
            assert process.rc != 0
            assert b"quota" in process.stderr

    quickly(story, quotas={"MaxProcessesPerShell": 2})


def test_an_action_that_is_none_is_refused():
    def story(served):
        with served.wsman() as wsman:
            assert code(raw, wsman, WSManAction.PULL, SHELL) == 2150858753

    quickly(story)


def test_pools_are_disconnected_found_again_and_connected_to():
    def story(served):
        with served.wsman() as wsman, served.wsman() as other:
            pool = RunspacePool(wsman)
            pool.open()
            pool.disconnect()
            assert code(pool.shell.command, "", ["x"]) == 2150859204
            (found,) = RunspacePool.get_runspace_pools(other)
            assert found.id == pool.id
            assert code(other.reconnect, pool.shell.resource_uri, selector_set=pool.shell._selector_set) == 2150859213
            found.connect()
            assert PowerShell(found).add_script("1").invoke() == [1]
            found.close()

    quickly(story)


def test_who_disconnected_comes_back_to_what_ran_meanwhile():
    def story(served):
        with served.wsman() as wsman:
            pool = RunspacePool(wsman)
            pool.open()
            one = PowerShell(pool).add_script("'meanwhile'")
            one.begin_invoke()
            pool.disconnect()
            pool.connect()
            one.state = PSInvocationState.RUNNING
            assert one.end_invoke() == ["meanwhile"]
            pool.close()

    quickly(story)


def test_the_shell_of_cmd_knows_no_disconnecting_and_a_connected_one_nobody_else():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell, RunspacePool(wsman) as pool:
            disconnect = ET.Element(f"{{{SHELL}}}Disconnect")
            assert code(raw, wsman, WSManAction.DISCONNECT, body=disconnect, of=shell.id) == 2150859205
            connect = ET.Element(f"{{{SHELL}}}Connect")
            assert code(raw, wsman, WSManAction.CONNECT, pool.shell.resource_uri, body=connect, of=pool.id) == 2150859216

    quickly(story)
