"""What programs print, in all their encodings."""

import pytest
from support.wire import DENIED, ran

from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.output import Output, decode, oem_code_page


@pytest.mark.parametrize(
    ("data", "culture", "text"),
    [
        ("Größe\r\n".encode("utf-16-le"), "de-DE", "Größe\n"),
        (b"\xff\xfe" + "x\r\n".encode("utf-16-le"), "en-US", "x\n"),
        ("发行版\n".encode(), "zh-CN", "发行版\n"),
        ("Größe".encode("cp850"), "de-DE", "Größe"),
        ("发行版".encode("gbk"), "zh-CN", "发行版"),
        ("版".encode("cp950"), "zh-TW", "版"),
        (b"\xef\xbb\xbfx", "en-US", "x"),
        (b"a\r\r\nb\rc\r\n", "en-US", "a\nb\nc\n"),
        (b"", "en-US", ""),
    ],
)
def test_text_is_read_whatever_wrote_it(data, culture, text):
    assert decode(data, culture) == text


def test_an_unknown_language_is_read_as_the_first_code_page():
    assert oem_code_page("xx-YY") == "cp437"
    assert oem_code_page("en-US") == "cp437"
    assert oem_code_page("en-GB") == "cp850"


def test_both_streams_are_one_line():
    output = Output.of(ran(1, "a\r\n\r\n b \r\n", "c\r\n"))
    assert output.said() == "a b c"
    assert output.text() == "a\n\n b \n"


@pytest.mark.parametrize(
    ("answer", "fine"), [(ran(0), True), (ran(1), False), (ran(None), False), (ran(0, timed_out=True), False)]
)
def test_only_0_in_time_is_success(answer, fine):
    assert Output.of(answer).ok is fine


def test_a_program_that_did_not_start_has_no_output():
    with pytest.raises(CallError, match="access_denied"):
        Output.of(DENIED)
