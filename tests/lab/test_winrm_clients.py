"""Other tools that reach the lab's WinRM: pywinrm, and testinfra's own way over it."""

import base64

import pytest
import winrm
from testinfra import get_host
from winrm.exceptions import InvalidCredentialsError, WSManFaultError
from winrm.protocol import Protocol
from winrm_laptop import PASSWORD, USER, serve

from pyinfra_wsl import agent


def endpoint(served, scheme):
    return f"{scheme}://127.0.0.1:{served.winrm.ports[scheme]}/wsman"


def protocol(served, scheme="http", **more):
    told = {"transport": "ntlm", "username": USER, "password": PASSWORD, "server_cert_validation": "ignore", **more}
    return Protocol(endpoint(served, scheme), **told)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pywinrm_runs_commands(scheme):
    def story(served):
        session = winrm.Session(endpoint(served, scheme), (USER, PASSWORD), transport="ntlm", server_cert_validation="ignore")
        done = session.run_cmd("cmd", ["/c", "hostname", "&", "exit", "5"])
        assert (done.std_out, done.status_code) == (b"LT-SSH\r\n", 5)

    serve(story)


def test_pywinrm_over_basic_and_https():
    def story(served):
        done = winrm.Session(endpoint(served, "https"), (USER, PASSWORD), transport="basic", server_cert_validation="ignore")
        assert done.run_cmd("hostname").std_out == b"LT-SSH\r\n"

    serve(story, schemes=["Negotiate", "Basic"])


def test_a_script_of_pywinrm_that_is_a_plain_program():
    def story(served):
        session = winrm.Session(endpoint(served, "https"), (USER, PASSWORD), transport="ntlm", server_cert_validation="ignore")
        assert session.run_ps("hostname").std_out == b"LT-SSH\r\n"

    assert serve(story).machine.complaints == []


def test_a_script_of_pywinrm_that_needs_an_interpreter():
    def story(served):
        session = winrm.Session(endpoint(served, "https"), (USER, PASSWORD), transport="ntlm", server_cert_validation="ignore")
        assert session.run_ps("get-process").status_code == 251

    assert serve(story).machine.complaints


def test_pywinrm_checks_what_it_is_told_at_the_end():
    def story(served):
        client = protocol(served)
        shell = client.open_shell(env_vars={"WHO": "me"}, working_directory=r"C:\Windows")
        command = client.run_command(shell, "sort")
        client.send_command_input(shell, command, "b\r\na\r\n", end=True)
        assert client.get_command_output(shell, command) == (b"a\r\nb\r\n", b"", 0)
        client.cleanup_command(shell, command)
        client.close_shell(shell)
        assert not served.winrm.service.shells

    serve(story)


def test_pywinrm_tells_a_wrong_password_and_a_quota():
    def story(served):
        with pytest.raises(InvalidCredentialsError):
            protocol(served, password="wrong").open_shell()
        client = protocol(served)
        client.open_shell()
        with pytest.raises(WSManFaultError) as refused:
            client.open_shell()
        assert refused.value.wmierror_code == 2150859173

    serve(story, quotas={"MaxShellsPerUser": 1})


def test_testinfra_reaches_a_laptop_in_its_own_way():
    def story(served):
        host = get_host(
            f"winrm://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{served.winrm.ports['https']}?no_verify_ssl=true",
        )
        done = host.run("hostname")
        assert (done.rc, done.stdout) == (0, "LT-SSH\r\n")

    serve(story)


def test_the_agent_runs_over_winrs_too():
    """With the bootstrap's own command line, as over SSH: an input that stays open, a line for each answer."""

    def story(served):
        client = protocol(served, "https")
        shell = client.open_shell()
        command = client.run_command(shell, agent.command_line())
        client.send_command_input(shell, command, base64.b64encode(agent.source()).decode()[:60_000])
        client.send_command_input(shell, command, base64.b64encode(agent.source()).decode()[60_000:] + "\n")
        out = b""
        while b"\n" not in out:
            out += client.get_command_output_raw(shell, command)[0]
        assert b'"hello"' in out
        client.close_shell(shell)

    assert serve(story).machine.complaints == []
