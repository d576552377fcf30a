"""What is said to PowerShell without a tree is, byte for byte, what pypsrp would say."""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypsrp.complex_objects import ApartmentState, HostInfo, PSThreadOptions
from pypsrp.messages import InitRunspacePool, SessionCapability
from pypsrp.serializer import Serializer

from pyinfra_wsl.connectors.winrm.messages import Quick

LINES = ["", "plain", "a<b>&c\"d'", "_x0041_ _X0041_ _x _", json.dumps({"a": "\u4f60\x1b_x000A_"}), "a\nb", "é", "\x00", "😀"]


def both(value):
    ours = Quick().serialize(value)
    theirs = ET.tostring(Serializer().serialize(value), encoding="utf-8")
    return ours if isinstance(ours, bytes) else ET.tostring(ours, encoding="utf-8"), theirs


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_the_same(line):
    ours, theirs = (Serializer().deserialize(one.decode()) for one in both(line))
    assert ours == theirs


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_any_line_of_ours_reads_back(line):
    ours, theirs = both(line)
    assert Serializer().deserialize(theirs.decode()) == line
    assert Serializer().deserialize(ours.decode()) == line


@pytest.mark.parametrize("again", [1, 2])
def test_what_is_always_the_same_is_kept(again):
    for message in (
        SessionCapability("2.3", "2.0", "1.1.0.1"),
        InitRunspacePool(1, 1, PSThreadOptions(value=0), ApartmentState(value=2), HostInfo(), None),
    ):
        ours, theirs = both(message)
        assert ours == theirs, again
