"""What WinRM refuses: quotas, configurations, bounds, what is not there."""

import threading
import time
import xml.etree.ElementTree as ET

import pytest
from pypsrp.complex_objects import RunspacePoolState
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import NAMESPACES, WSManAction
from winrm_laptop import NO_SELECTORS, SHELL, TIMED_OUT, alice_may, code, quickly, raw, serve


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
            waits = threading.Thread(target=lambda: code(pool.shell.receive, "stdout", timeout=50))
            waits.start()
            while not served.winrm.service.operations.total():
                time.sleep(0.01)
            with pytest.raises(WSManFaultError) as refused:
                raw(other, WSManAction.GET, SHELL, of=pool.id)
            assert "concurrent operations" in refused.value.reason
            pool.state = RunspacePoolState.CLOSED
            served.now(served.winrm.service.shells[pool.id].close)
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


def test_an_unknown_shell_is_told_by_its_provider():
    def story(served):
        with served.wsman() as wsman:
            for action in (WSManAction.DELETE, WSManAction.COMMAND, WSManAction.RECEIVE, WSManAction.GET):
                with pytest.raises(WSManFaultError) as refused:
                    raw(wsman, action, SHELL, of="0DB10B05-4CA9-4C08-8AD3-0C5C9E9F7C11")
                assert (refused.value.code, refused.value.provider) == (NO_SELECTORS, "Shell provider")

    quickly(story)


def test_input_is_for_streams_that_there_are():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            assert code(pool.shell.send, "elsewhere", b"") == 0x80540BBE

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


def test_ids_are_guids():
    def story(served):
        with served.wsman() as wsman:
            assert code(WinRS(wsman, id="mine").open) == 2150859221
            with WinRS(wsman) as shell, RunspacePool(wsman) as pool:
                assert code(shell.command, "hostname", None, command_id="mine") == 2150859220
                assert code(pool.shell.command, "", ["AA=="], command_id="mine") == 2150859220
                assert code(shell.send, "stdin", b"", command_id="mine") == NO_SELECTORS
                assert code(WinRS(wsman, id=shell.id).open) == 2150859223

    assert quickly(story).machine.complaints == []


def test_what_is_no_base64_is_refused():
    def story(served):
        with served.wsman() as wsman, RunspacePool(wsman) as pool:
            assert code(pool.shell.command, "", ["x"]) == 87
            assert code(pool.shell.command, "", []) == 87

    assert quickly(story).machine.complaints == []


def test_an_answer_that_is_longer_than_its_client_takes_is_none():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            wsman.max_envelope_size = 900
            assert code(raw, wsman, WSManAction.GET, SHELL, of=shell.id) == 2150858824
            wsman.max_envelope_size = 153600

    quickly(story)


def test_a_fault_of_the_lab_itself_is_told_and_kept(monkeypatch):
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            monkeypatch.setattr(served.winrm.service.shells[shell.id], "describe", lambda: 1 / 0)
            with pytest.raises(WSManFaultError) as refused:
                raw(wsman, WSManAction.GET, SHELL, of=shell.id)
            assert "a fault of the lab itself: ZeroDivisionError" in refused.value.reason

    assert quickly(story).machine.complaints == ["WinRM: ZeroDivisionError('division by zero')"]
