"""Who may open /dev/kvm: names with spaces, groups without names, access control lists."""

import os
import subprocess

import pytest
from support.looks import look

from pyinfra_wsl.core.acts import Packages
from pyinfra_wsl.core.linux.host import PRELUDE, groups, parts
from pyinfra_wsl.resources.kvm.device import SCRIPT, Device, changes, read
from pyinfra_wsl.resources.kvm.state import read as read_state

ACL = "user::rw-\nuser:ada:rw-\ngroup::{group}\nmask::rw-\nother::---\n"


def device(stat, acl=(127, "sh: getfacl: not found")):
    found = parts(look(device=stat, acl=acl))
    return read(found["device"], found["acl"])


@pytest.mark.parametrize(
    ("stat", "group"),
    [
        ("660\nroot\nkvm users\n1001\n-", "kvm users"),
        ("660\nroot\nUNKNOWN\n1042\n-", "1042"),
        ("660\nroot\nvirt\n78\n", "virt"),
    ],
)
def test_a_group_of_any_name_or_none_is_read_and_given_to_kvm(stat, group):
    found = device(stat)
    assert found == Device("root", group, "660")
    (step,) = changes("0660", found, "apt")
    assert step.sentence == f"/dev/kvm root:{group} 0660 → root:kvm 0660"


def test_with_a_list_the_group_has_its_own_rights_and_not_the_mask():
    found = device("660\nroot\nkvm\n106\n+", ACL.format(group="---"))
    assert found == Device("root", "kvm", "600", ("user:ada:rw-",))
    (step,) = changes("0660", found, "apt")
    assert step.does[0].line.endswith("chmod 0660 /dev/kvm && setfacl -m g::rw-,m::rw- /dev/kvm")


def test_a_list_that_gives_the_group_its_rights_is_left_alone():
    found = device("660\nroot\nkvm\n106\n+", ACL.format(group="rw-"))
    assert found.acl == ("user:ada:rw-",)
    assert list(changes("0660", found, "apt")) == []


def test_a_list_that_nothing_can_read_is_not_taken_for_as_declared():
    found = device("660\nroot\nkvm\n106\n+")
    assert found.acl is None
    (step,) = changes("0660", found, "dnf")
    assert step.does[0] == Packages("dnf", ("acl",))
    assert "setfacl" in step.does[1].line


def test_the_look_prints_what_is_read(tmp_path):
    node = tmp_path / "kvm"
    node.write_text("")
    node.chmod(0o640)
    os.chown(node, 0, 64123)
    script = PRELUDE + SCRIPT.replace("/dev/kvm", str(node))
    printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    found = parts(printed)
    assert read(found["device"], found["acl"]) == Device("root", "64123", "640")


def test_a_group_with_a_space_does_not_pass_for_another():
    state = read_state(look(user__ada="ada\nkvm users\ndomain users", user__ghost=(1, "id: 'ghost': no such user")))
    assert state.users == {"ada": ("ada", "kvm users", "domain users"), "ghost": None}


def test_the_look_prints_one_group_a_line():
    script = f"{PRELUDE}part root groups_of root\npart ghost groups_of no-such-user\n"
    printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    found = parts(printed)
    assert groups(found["ghost"]) is None
    assert "root" in groups(found["root"])
