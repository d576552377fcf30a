"""A settings file that a person wrote in a way of their own: changed so that any reader sees it, or left alone."""

import pytest

from pyinfra_wsl.resources.wslc.document import DocumentError, changed, values

OWN = ("session: {}\n", "session: ~\n", "session: null\n", '"session":\n  memorySize: 1GB\n', "session :\n  memorySize: 1GB\n",
       "session: {memorySize: 1GB}\n", "? session\n: memorySize: 1GB\n")  # fmt: skip


@pytest.mark.parametrize("text", OWN)
def test_no_section_is_written_a_second_time(text):
    with pytest.raises(DocumentError, match="style that cannot be changed"):
        changed(text, {"session.cpuCount": "2"})


@pytest.mark.parametrize(
    "text", ["session:\n  cpuCount: 1\nsession:\n  cpuCount: 3\n", "session:\n  cpuCount: 1\n  cpuCount: 3\n", "a: 1\na: 1\n"]
)
def test_a_key_that_stands_there_twice_means_nobody_knows_what(text):
    with pytest.raises(DocumentError, match="it has a key twice"):
        values(text)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("session:\n  cpuCount: 4   # for the build\n", "session:\n  cpuCount: 2   # for the build\n"),
        ("session:\r\n  'cpuCount': '4'\r\n", "session:\r\n  cpuCount: 2\r\n"),
        ("session:\n  cpuCount: 4", "session:\n  cpuCount: 2\n"),
    ],
)
def test_the_comment_behind_a_value_and_the_end_of_its_line_stay(text, made):
    assert changed(text, {"session.cpuCount": "2"}) == made
