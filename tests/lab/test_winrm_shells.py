"""Shells and commands over WinRM: what they answer, how they end, how they are found again."""

import threading
import time
import xml.etree.ElementTree as ET

import pytest
from pypsrp.complex_objects import PSInvocationState
from pypsrp.exceptions import InvalidPipelineStateError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import WSManAction
from winrm_laptop import NO_SELECTORS, SHELL, TIMED_OUT, code, quickly, raw


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


def test_nothing_to_say_is_a_fault_when_the_time_is_over():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            begun = time.monotonic()
            assert code(pool.shell.receive, "stdout", timeout=1) == TIMED_OUT
            assert time.monotonic() - begun > 0.9

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
            one = PowerShell(pool).add_script("start-sleep 100000")
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


def test_a_pipeline_that_waits_for_a_runspace_is_stopped_too():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            first = PowerShell(pool).add_script("start-sleep 100000")
            first.begin_invoke()
            second = PowerShell(pool).add_script("'second'")
            second.begin_invoke()
            for one in (second, first):
                pool.shell.signal("powershell/signal/crtl_c", one.id.upper())
                one.end_invoke()
                assert one.state == PSInvocationState.STOPPED
            assert PowerShell(pool).add_script("'third'").invoke() == ["third"]

    quickly(story)


def test_a_program_without_cmd_and_one_that_is_not_there():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, r"C:\Windows\System32\whoami.exe", no_shell=True)
            process.invoke()
            assert process.stdout == b"lt-ssh\\fleet-admin\r\n"
            with pytest.raises(WSManFaultError) as refused:
                Process(shell, "nonsuch.exe", no_shell=True).invoke()
            assert (refused.value.code, refused.value.provider) == (2147942402, "Shell cmd plugin")

    quickly(story)
