"""What stands at /etc/wsl.conf and is no plain file: a link stays one, and what cannot be read is not replaced."""

import pytest

from pyinfra_wsl.lab.resource import distros

PATH, KEPT = "/etc/wsl.conf", "/home/dev/dotfiles/wsl.conf"
THEIRS = b"# mine\n[network]\nhostname=desk\n"


def change(rehearsal, act):
    """Change the distribution's file system while it is stopped."""
    machine = rehearsal.stage.machine("LT-ONE")

    def changed():
        with distros.opened(machine, machine.account(r"CORP\alice"), "Ubuntu-24.04") as tree:
            return act(tree)

    return rehearsal.stage.do(changed)


@pytest.fixture
def rehearsal(make_stage):
    return make_stage(LT_ONE="converged")


def linked(tree):
    tree.make("/home/dev/dotfiles")
    tree.write(KEPT, THEIRS)
    tree.link(PATH, KEPT)


def folder(tree):
    tree.remove(PATH)
    tree.make(PATH)
    tree.write(f"{PATH}/own", THEIRS)


def test_a_link_that_a_person_made_stays_one_and_what_it_leads_to_is_written(rehearsal):
    change(rehearsal, linked)
    done = rehearsal.converge()
    assert done.returncode == 0, done.stdout
    kind, target, text, names = change(
        rehearsal, lambda tree: (tree.entries[PATH].kind, tree.entries[PATH].target, tree.read(KEPT), sorted(tree.entries))
    )
    assert (kind, target) == ("link", KEPT)
    assert text.startswith(THEIRS)
    assert b"systemd=true" in text
    assert not [name for name in names if name.endswith(".pyinfra-new")]
    rehearsal.converge()
    assert "wsl_conf" not in {one["resource"] for one in rehearsal.results()["LT-ONE"]["changes"]}


def test_a_folder_in_its_place_stays_and_is_told(rehearsal):
    change(rehearsal, folder)
    for _ in range(2):
        done = rehearsal.converge()
        result = rehearsal.results()["LT-ONE"]
        assert (done.returncode, result["outcome"]) == (1, "failed")
        assert "it is there, and is no file that can be read" in result["failures"][0]["cause"]
    assert change(rehearsal, lambda tree: [name for name in sorted(tree.entries) if name.startswith(PATH)]) == [
        PATH, f"{PATH}.pyinfra-new", f"{PATH}/own",
    ]  # fmt: skip
