"""What programs and files say of Docker Desktop: kept within bounds, and nothing of it that is none of our business."""

import json

import pytest
from support.wire import contents, ran

from pyinfra_wsl.resources.docker_desktop import state as docker_desktop

LONG = "A" * 200_000
ODD = [{"a": "S3CRET"}, ["S3CRET"], 7, True, "28\x1b[31m", "28\u202e1", "28\n1"]


def versions(client, server, **output):
    return docker_desktop.read({"engine_version": ran(0, json.dumps({"Client": client, "Server": server}), **output)})


@pytest.mark.parametrize("value", ODD)
def test_a_version_is_a_text_of_one_line_or_not_known(value):
    found = versions({"Version": value}, {"Version": value, "Os": value})
    assert (found.client, found.server, found.server_os) == ("", None, "")


def test_a_version_is_cut_where_it_is_longer_than_anybody_reads():
    found = versions({"Version": LONG}, {"Version": LONG, "Os": LONG})
    assert max(len(one) for one in (found.client, found.server, found.server_os)) <= 200


def test_one_that_has_not_ended_has_not_said_that_no_engine_answers():
    assert versions({"Version": "28.3.3"}, None, timed_out=True).server is None
    assert versions({"Version": "28.3.3"}, None).server == ""


@pytest.mark.parametrize("value", ODD)
def test_nothing_of_the_command_lines_own_file_is_told_but_a_name(value):
    file = contents(json.dumps({"credsStore": value, "auths": {"S3CRET": {}}}).encode())
    assert docker_desktop.read({"cli": file}).helper == ""


def test_the_name_of_a_helper_is_cut():
    assert len(docker_desktop.read({"cli": contents(json.dumps({"credsStore": LONG}).encode())}).helper) <= 200
