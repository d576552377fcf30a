"""Commands that are not ours: what ``pyinfra exec`` and ``server.shell`` do on a laptop."""

import base64

import pytest

from pyinfra_wsl.connectors import shell as shells


def test_a_command_runs_in_cmd(shell):
    assert shell("hostname") == (True, "LT-DONE", "")


def test_quotes_arrive_as_they_are_written(shell):
    assert shell('echo "a  b" & dir /b "C:\\Program Files\\Docker"') == (True, '"a  b" \nDocker', "")


def test_variables_are_expanded_on_the_laptop(shell):
    assert shell("echo %USERNAME% on %COMPUTERNAME%")[1].strip() == "fleet-admin on LT-DONE"


@pytest.mark.parametrize(("laptop", "text"), [("LT-ZH", "张伟 — 中文"), ("LT-DONE", "Jürgen Ärger"), ("LT-ZH", '"带 空格"')])
def test_text_beyond_ascii_goes_there_and_back(shell, laptop, text):
    assert shell(f"echo {text}", laptop)[1].strip() == text


def test_environment_folder_and_input_are_those_that_were_given(shell):
    assert shell("cd", _chdir=r"C:\Windows")[1] == r"C:\Windows"
    assert shell("echo %GREETING%", _env={"GREETING": "hello there"})[1].strip() == "hello there"
    assert shell("sort", _stdin=["b", "a"])[1].split() == ["a", "b"]
    assert shell('find /c "x"', _stdin="x\ny\nx\n")[1].strip() == "2"


def test_exit_codes_count_as_success_where_they_are_named(shell):
    assert shell("exit 3")[0] is False
    assert shell("exit 3", _success_exit_codes=[0, 3])[0] is True
    assert shell("exit 0", _success_exit_codes=[3])[0] is False


def test_a_command_that_fails_without_a_word_is_told_with_its_exit_code(shell):
    assert shell("exit 3") == (False, "", "ended with exit code 3 and printed nothing")
    assert shell("echo hello & exit 3") == (False, "hello ", "ended with exit code 3")
    assert "exit code" not in shell("no-such-program")[2]
    assert shell("exit 3", _success_exit_codes=[3]) == (True, "", "")


def test_errors_stay_apart_from_output(shell):
    succeeded, output, errors = shell("echo fine & no-such-program")
    assert (succeeded, output.strip()) == (False, "fine")
    assert "no-such-program" in errors


def test_a_timeout_is_a_failure_that_says_so(shell):
    succeeded, _output, errors = shell("ping -n 9000 127.0.0.1", _timeout=0.3)
    assert not succeeded
    assert "ended with all it had started after 0.3 s" in errors


@pytest.mark.parametrize("argument", ["_sudo", "_su_user", "_doas"])
def test_who_becomes_another_user_the_unix_way_is_told_what_to_do(shell, argument):
    succeeded, _output, errors = shell("hostname", **{argument: "root"})
    assert not succeeded
    assert f"{argument} has no meaning on Windows. Next: " in errors


def test_powershell_gets_its_text_without_any_quoting():
    one = shells._call('"a $b `n" | % { $_ }', {"_shell_executable": "powershell", "_env": {"A": 1}})
    assert one.fields["exe"] == r"%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe"
    encoded = one.fields["arguments"][-1]
    assert base64.b64decode(encoded).decode("utf-16-le") == '"a $b `n" | % { $_ }'
    assert one.fields["environment"] == {"A": "1"}
