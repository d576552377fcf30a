"""cmd.exe: quotes, variables, operators, redirections, builtins."""

import pytest
from lab_laptop import LabLaptop, error, text


@pytest.fixture
def laptop():
    laptop = LabLaptop()
    laptop.machine.files.write(r"C:\Users\Public\a file.txt", b"one\r\ntwo\r\n")
    return laptop


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("echo hello", "hello\n"),
        ("echo %COMPUTERNAME% %nothing%", "LT-LAB %nothing%\n"),
        ('echo "a & b"', '"a & b"\n'),
        ("echo a ^& b", "a & b\n"),
        ("echo.", "\n"),
        ("echo ^%COMPUTERNAME^% ^%COMPUTERNAME%", "%COMPUTERNAME% LT-LAB\n"),
        ("echo %nothing%COMPUTERNAME%", "%nothingLT-LAB\n"),
        ("echo 100% of %COMPUTERNAME%", "100% of LT-LAB\n"),
        ("echo %COMPUTERNAME:~0,2% %COMPUTERNAME:lab=x% %COMPUTERNAME:~-3%", "LT LT-x LAB\n"),
        ("set X=a^&hostname& set X", "X=a&hostname\n"),
        ("set X=^%COMPUTERNAME%& set X", "X=LT-LAB\n"),
        ('echo ^"a & hostname', '"a \nLT-LAB\n'),
        ('echo "a ^& b" ^^ ^< ^> ^| !x! (y)', '"a ^& b" ^ < > | !x! (y)\n'),
        ("echo a\necho b", "a\n"),
        ('echo "a&hostname" | find "a"', '"a&hostname" \n'),
        ('echo a^&hostname | find "LT"', "LT-LAB\n"),
        ("for %I in (C:\\none C:\\Users) do @echo [%~aI][%~zI]", "[][]\n[d--------][0]\n"),
        ('for %x in ("C:\\Users\\Public\\a file.txt") do @echo [%~ax][%~zx]', "[--a------][10]\n"),
        ("for /f %i in ('hostname') do @echo [%i] & echo %i", "[LT-LAB] \nLT-LAB\n"),
        ("for /f %i in ('type C:\\none 2^>nul') do @echo %i", ""),
        ("hostname", "LT-LAB\n"),
        ("echo a&& echo b", "a\nb\n"),
        ("type C:\\none 2>nul || echo none", "none\n"),
        ("type C:\\none 2>nul && echo some", ""),
        ("cd /d C:\\Users\\Public & cd", "C:\\Users\\Public\n"),
        ('type "C:\\Users\\Public\\a file.txt" | find "two"', "two\n"),
        ('if exist "C:\\Users\\Public\\a file.txt" echo yes', "yes\n"),
        ("if exist C:\\none echo yes & echo again", ""),
        ("if not exist C:\\none echo no", "no\n"),
        ('type "C:\\Users\\Public\\a file.txt" | findstr /i "TWO three"', "two\n"),
        ('findstr /v /c:"two" "C:\\Users\\Public\\a file.txt"', "one\n"),
        ("dir /b C:\\Users", "alice\nfleet-admin\nPublic\n"),
        ("set GREETING=hi& set GREETING", "GREETING=hi\n"),
        ('"C:\\Windows\\System32\\hostname.exe"', "LT-LAB\n"),
    ],
)
def test_a_line_prints(laptop, line, printed):
    assert text(laptop.cmd(line)) == printed
    assert not laptop.machine.complaints


@pytest.mark.parametrize(
    ("line", "code"),
    [("exit 7", 7), ("exit /b 3", 3), ("type C:\\none", 1), ("hostname & type C:\\none", 1), ("nosuch", 1), ("ver", 0)],
)
def test_the_exit_code_is_the_last_commands(laptop, line, code):
    assert laptop.cmd(line).code == code


def test_output_goes_where_it_is_sent(laptop):
    laptop.cmd(
        "echo one> C:\\Users\\Public\\log.txt & echo two>> C:\\Users\\Public\\log.txt & nosuch 2>> C:\\Users\\Public\\log.txt"
    )
    lines = laptop.machine.files.read(r"C:\Users\Public\log.txt").decode().splitlines()
    assert [line.rstrip() for line in lines][:2] == ["one", "two"]
    assert "not recognized" in lines[2]


def test_errors_and_output_can_be_joined(laptop):
    assert "not recognized" in text(laptop.cmd("nosuch 2>&1"))


def test_rights_are_those_of_the_caller(laptop):
    outcome = laptop.cmd('echo x> "C:\\Program Files\\x"', laptop.user)
    assert outcome.code == 1
    assert "denied" in error(outcome)
    assert not laptop.machine.files.exists(r"C:\Program Files\x")


def test_messages_are_in_windows_language_and_code_page():
    laptop = LabLaptop(culture="zh-CN")
    assert "系统找不到指定的文件。" in error(laptop.cmd("type C:\\none"), "gbk")


def test_folders_are_made_moved_and_removed(laptop):
    laptop.cmd(r"mkdir C:\w\x & echo 1> C:\w\x\a & copy C:\w\x\a C:\w\x\b & move C:\w\x\b C:\w\c & del C:\w\x\a & rmdir C:\w\x")
    assert [node.name for node in laptop.machine.files.list(r"C:\w")] == ["c"]
    assert laptop.cmd(r"rmdir /s /q C:\w").code == 0
    assert not laptop.machine.files.exists(r"C:\w")


def test_a_folder_that_is_not_empty_is_not_removed(laptop):
    outcome = laptop.cmd(r"mkdir C:\w & echo 1> C:\w\a & rmdir C:\w")
    assert outcome.code == 1
    assert "not empty" in error(outcome)


@pytest.mark.parametrize("line", ["for %i in (1) do echo %i", "(echo a)", "dir C:\\", "echo a < file"])
def test_what_is_not_simulated_is_loud(laptop, line):
    laptop.cmd(line)
    assert laptop.machine.complaints or "not recognized" in error(laptop.cmd(line))


def test_exit_ends_a_line_and_a_backslash_at_its_end_asks_for_a_folder(laptop):
    """Microsoft, "exit", "if": what a line does after ``exit`` is not done; ``exist x\\`` is true of folders only."""
    shell = laptop.cmd(r"mkdir C:\Windows || exit 3 & mkdir C:\after")
    assert (shell.code, laptop.machine.files.exists(r"C:\after")) == (3, False)
    laptop.machine.files.write(r"C:\Windows\Temp\file", b"")
    for path, made in ((r"C:\Windows\Temp\file", True), (r"C:\Windows\Temp", False)):
        laptop.cmd(rf'if not exist "{path}\" mkdir C:\made && exit 0 & mkdir C:\after')
        assert (laptop.machine.files.exists(r"C:\made"), laptop.machine.files.exists(r"C:\after")) == (made, False)
        if made:
            laptop.machine.files.remove(r"C:\made")
