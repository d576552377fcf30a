"""What a scenario file says of a laptop's WinRM, messages and certificates: without a laptop."""

import pytest

from pyinfra_wsl.lab.winrm import faults, soap
from pyinfra_wsl.lab.winrm.config import described
from pyinfra_wsl.lab.winrm.settings import Quotas, Settings, SettingsError
from pyinfra_wsl.lab.winrm.shell import PIECE, Output


def test_defaults_are_those_of_windows():
    settings = Settings.of({})
    assert settings.schemes == ["Negotiate", "Kerberos"]
    assert (settings.allow_unencrypted, settings.certificate) == (False, "valid")
    assert settings.quotas == Quotas()
    assert "<cfg:Basic>false</cfg:Basic><cfg:Kerberos>true</cfg:Kerberos>" in described(settings)


def test_everything_can_be_said():
    told = {
        "quotas": {"MaxShellsPerUser": 2},
        "happenings": [{"do": "sleep", "action": "Send", "number": 3, "seconds": 2}],
        "pace": 0.1,
    }
    settings = Settings.of(told)
    assert settings.quotas.MaxShellsPerUser == 2
    assert (settings.happenings[0].do, settings.happenings[0].number) == ("sleep", 3)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"listener": []}, "winrm.listener: there is no such key"),
        ({"schemes": ["Digest"]}, "winrm.schemes: 'Digest' is not known"),
        ({"schemes": "Basic"}, "winrm.schemes: 'Basic' is no list"),
        ({"certificate": "old"}, "winrm.certificate: 'old' is not known"),
        ({"https_port": "5986"}, "winrm.https_port: '5986' is no int"),
        ({"https_port": True}, "winrm.https_port: True is no int"),
        ({"pace": -1}, "winrm.pace: -1 is no float"),
        ({"ntlm": 1}, "winrm.ntlm: 1 is no bool"),
        ({"quotas": {"MaxShells": 1}}, "winrm.quotas.MaxShells: there is no such key; there are IdleTimeout"),
        ({"quotas": []}, r"winrm.quotas: \[\] is no quotas"),
        ({"happenings": {}}, "winrm.happenings: {} is no list"),
        ({"happenings": ["sleep"]}, "winrm.happenings: write keys and values"),
        ({"happenings": [{"do": "explode"}]}, "winrm.happenings.do: 'explode' is not known"),
        ({"happenings": [{"do": "sleep", "action": "Monday"}]}, "winrm.happenings.action: 'Monday' is not known"),
        ({"happenings": [{"action": "Send"}]}, "winrm.happenings: each needs 'do'"),
        ({"configurations": {"x": "all"}}, "winrm.configurations: 'all' is not known"),
        ([], "winrm: write keys and values"),
    ],
)
def test_what_is_wrong_is_named(told, words):
    with pytest.raises(SettingsError, match=words):
        Settings.of(told)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT20S", 20), ("PT1.5S", 1.5), ("P1DT1H1M1S", 90061), ("PT", None), ("PT-1S", None), ("20", None)],
)
def test_durations(text, seconds):
    assert soap.duration(text) == seconds


def test_a_time_is_told_as_shells_tell_it():
    assert soap.span(90061.9) == "P1DT1H1M1S"


@pytest.mark.parametrize("data", [b"", b"<a/>", b"\xff", b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>'])
def test_what_is_no_message(data):
    with pytest.raises(soap.MalformedError):
        soap.read(data)


def test_the_two_forms_of_faults():
    plain = faults.no_shell().xml("LT-1")
    assert (
        '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2150858843" Machine="LT-1">' in plain
    )
    assert '<f:ProviderFault provider="Shell provider" path="%systemroot%\\system32\\WsmSvc.dll"><f:WSManFault' in plain
    quota = faults.too_many_shells(30).xml("LT-1")
    assert "WSManFault" not in quota
    assert "<p:error_Code>2150859173</p:error_Code>" in quota
    assert "HRESULT 0x803381a5" in quota


def test_output_is_taken_in_pieces_that_fit():
    output = Output("ID")
    output.put("stdout", b"x" * (3 * PIECE))
    output.done = True
    sizes = []
    while output.pieces:
        told = output.taken(60_000)
        sizes.append(len(told))
        assert ("CommandState/Done" in told) is not bool(output.pieces)
    assert len(sizes) == 3
    assert max(sizes) < 60_000
    assert "<rsp:ExitCode>0</rsp:ExitCode>" in told


def test_a_piece_goes_however_little_its_client_takes():
    output = Output("")
    output.put("stdout", b"x" * PIECE)
    assert output.taken(100).startswith('<rsp:Stream Name="stdout">')
    assert not output.pieces
