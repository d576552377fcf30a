"""What is named in the files of apt and dnf already: which lines count, whose they are, and how they are put out of use."""

import base64
import dataclasses
import subprocess

import pytest
from support.looks import look
from test_docker_engine import READY, SOURCES, causes, plan, sentences

from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.resources.docker_engine import listed
from pyinfra_wsl.resources.docker_engine.plan import Repository, Want, repository_plan
from pyinfra_wsl.resources.docker_engine.release import Release
from pyinfra_wsl.resources.docker_engine.sources import Source, active, list_name, split
from pyinfra_wsl.resources.docker_engine.state import APT_KEY, LIST_FILE, SOURCES_FILE, read

LIST, DEB822, REPO = "/etc/apt/sources.list.d/x.list", "/etc/apt/sources.list.d/x.sources", "/etc/yum.repos.d/x.repo"
DOCKER = "https://download.docker.com/linux/debian"
MIRROR = "https://mirror.corp.example/docker/deb"
SERVED = frozenset({"mirror.corp.example_docker_deb_dists_bookworm"})


def docker(path, text, served=SERVED):
    return [(one.first, one.last) for one in active(path, text, served) if one.docker]


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (f"deb {DOCKER} bookworm stable", True),
        (f"deb [arch=amd64 signed-by={APT_KEY}] {DOCKER} bookworm stable", True),
        (f"  deb [ arch=amd64  trusted=yes ]   {DOCKER}/ bookworm stable # ours", True),
        (f"deb-src {DOCKER} bookworm stable", True),
        (f"# deb {DOCKER} bookworm stable", False),
        (f"#deb {DOCKER} bookworm stable", False),
        (f"deb {MIRROR} bookworm stable", True),
        (f"deb {MIRROR} trixie main", False),
        ("deb https://mirrors.aliyun.com/docker-ce/linux/ubuntu noble stable", True),
        ("deb https://mirror.example/linux/debian bookworm main", False),
        ("deb http://deb.debian.org/debian bookworm main", False),
        ("deb https://user:secret@download.docker.com/linux/debian bookworm stable", True),
        ("deb https://notdownload.docker.com.example/debian bookworm stable", False),
        (f"see {DOCKER}", False),
        ("", False),
    ],
)
def test_a_line_counts_where_apt_reads_it_and_docker_is_what_it_serves(line, counts):
    assert bool(docker(LIST, f"# first\n{line}\n")) is counts


STANZA = f"Types: deb\nURIs: {DOCKER}\nSuites: bookworm\nComponents: stable\nSigned-By: {APT_KEY}\n"
FOREIGN = "# theirs\nTypes: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nComponents: main\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STANZA, [(1, 5)]),
        (f"Enabled: no\n{STANZA}", []),
        (f"{STANZA}enabled: False\n", []),
        (f"{STANZA}Enabled: yes\n", [(1, 6)]),
        ("".join(f"# {line}\n" for line in STANZA.splitlines()), []),
        (f"{FOREIGN}\n\n{STANZA}\n", [(8, 12)]),
        (f"{STANZA}\n{STANZA.replace('bookworm', 'trixie')}", [(1, 5), (7, 11)]),
        (STANZA.replace("URIs: ", "URIs:\n http://deb.debian.org/debian\n "), [(1, 7)]),
        (STANZA.replace(DOCKER, MIRROR), [(1, 5)]),
        (FOREIGN, []),
    ],
)
def test_a_stanza_counts_unless_it_is_a_comment_or_not_enabled(text, found):
    assert docker(DEB822, text) == found


INSIDE = " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBFit2ioBEADh\n -----END PGP PUBLIC KEY BLOCK-----\n"
KEY_INSIDE = STANZA.replace(APT_KEY, "") + INSIDE


def test_a_key_is_told_in_whatever_form_it_stands():
    (inside,) = active(DEB822, KEY_INSIDE, SERVED)
    assert (inside.signed, inside.last) == ("a key in it", 9)
    (line,) = active(LIST, f"deb [signed-by=/usr/share/keyrings/docker.gpg arch=amd64] {DOCKER} bookworm stable", SERVED)
    assert line.signed == "/usr/share/keyrings/docker.gpg"
    (fingerprint,) = active(DEB822, STANZA.replace(APT_KEY, "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"), SERVED)
    assert fingerprint.signed == "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"


def test_a_password_in_an_address_is_not_kept():
    (one,) = active(LIST, "deb https://user:secret@mirror.corp.example/docker/deb bookworm stable", SERVED)
    assert (one.address, one.docker) == (MIRROR, True)


STABLE = (
    "[docker-ce-stable]\nname=Docker CE Stable\nbaseurl=https://download.docker.com/linux/centos/$releasever/$basearch/stable\n"
)
EPEL = "[epel]\nname=EPEL\nmetalink=https://mirrors.fedoraproject.org/metalink?repo=epel-9\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STABLE, [(1, 3)]),
        (f"{STABLE}enabled=1\n", [(1, 4)]),
        (f"{STABLE}enabled = 0\n", []),
        (f"# a comment\n\n{EPEL}\n# above\n{STABLE}", [(7, 10)]),
        ("[d]\nbaseurl=https://mirror.example/docker-ce/linux/rhel/9/x86_64/stable\n", [(1, 2)]),
        ("[d]\nbaseurl=https://mirror.example/linux/fedora/42/Everything/x86_64/os\n", []),
        (f";{STABLE.replace(chr(10), chr(10) + ';')}", []),
        (EPEL, []),
    ],
)
def test_a_section_counts_unless_it_is_disabled(text, found):
    assert docker(REPO, text) == found


def test_the_name_of_apts_list_is_made_as_apt_makes_it():
    assert list_name("https://download.docker.com/linux/debian/", "bookworm") == "download.docker.com_linux_debian_dists_bookworm"
    assert list_name("http://a:b@10.0.2.2:8080/my_deb", "stable/updates") == "10.0.2.2:8080_my%5fdeb_dists_stable_updates"


def state_of(**sections):
    files = {f"source__{path}": base64.b64encode(text.encode()).decode() for path, text in sections.pop("files").items()}
    return read(look(id="0", os="ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm", **files, **sections))


def test_what_apt_has_fetched_tells_a_mirror_and_our_own_file_is_not_another_one():
    served = "mirror.corp.example_docker_deb_dists_bookworm_InRelease"
    files = {
        LIST: f"deb {MIRROR} bookworm stable\n",
        SOURCES_FILE: SOURCES,
        "/etc/apt/sources.list": f"# deb {DOCKER} x stable\n",
    }
    state = state_of(files=files, served=served)
    assert [(one.place, one.docker) for one in state.listed] == [(f"{LIST}:1", True)]
    assert (state.sources, state.beside) == (SOURCES.rstrip("\n"), ())
    assert not any(one.docker for one in state_of(files=files).listed)


def named(path=LIST, address=DOCKER, signed="", **also):
    return Source(path, 3, 3, address, True, signed, **also)


def test_another_file_is_refused_with_its_line_and_what_comes_of_two_keys():
    assert causes(plan(listed=(named(),))) == [
        f"{LIST}:3 ({DOCKER}) names Docker's repository too; with two keys for one repository no apt command works"
    ]
    assert causes(plan(listed=(named(signed=APT_KEY),))) == [f"{LIST}:3 ({DOCKER}) names Docker's repository too"]


def test_what_names_the_declared_mirror_is_another_source_of_it_though_nothing_was_fetched_yet():
    own = Want(repository=Repository("https://mirror.corp.example/docker"))
    other = dataclasses.replace(named(address="https://mirror.corp.example/docker/debian/"), docker=False)
    assert plan(own, listed=(other,)).failures[0].code == "repository"
    assert (
        plan(own, listed=(dataclasses.replace(other, address="https://mirror.corp.example/docker/debian-security"),)).failures
        == ()
    )


def test_it_is_refused_too_where_docker_desktop_needs_the_repository():
    found = repository_plan(Repository(), dataclasses.replace(READY, listed=(named(),)), None, None)
    assert [one.code for one in found.failures] == ["repository"]


def test_with_consent_it_is_put_out_of_use_before_our_file_is_written():
    found = plan(Want(remove_conflicting=True), listed=(named(), named(DEB822)), sources=None)
    assert [step.said for step in found.steps] == [
        f"{LIST} no longer names Docker's repository (line 3) (as it was in {LIST}.save)",
        f"{DEB822} no longer names Docker's repository (line 3) (as it was in {DEB822}.save)",
        f"use Docker's repository {DOCKER} ({SOURCES_FILE})",
    ]


def test_a_stanza_that_names_others_too_is_not_put_out_of_use_with_them():
    (both,) = active(DEB822, STANZA.replace("URIs: ", "URIs: http://deb.debian.org/debian "), SERVED)
    assert (both.address, both.shared) == (DOCKER, True)
    (failure,) = plan(Want(remove_conflicting=True), listed=(both,)).failures
    assert failure.cause == f"{DEB822}:1 ({DOCKER}) names Docker's repository too"
    assert failure.remedy == "take it away there, then run again"


def test_our_own_file_that_an_upgrade_of_the_host_has_disabled_is_written_anew():
    disabled = state_of(files={SOURCES_FILE: f"Enabled: no\n{SOURCES}"})
    assert sentences(plan(sources=disabled.sources)) == [f"use Docker's repository {DOCKER}"]


def test_a_list_of_the_former_kind_gives_way_without_being_asked():
    assert sentences(plan(listed=(named(LIST_FILE),))) == [f"{LIST_FILE} gives way to docker.sources"]
    assert plan(listed=()).steps == ()


def carry_out(step):
    """Run the last act of a step on files below a folder."""
    line = step.does[-1].line
    return subprocess.run(["dash", "-c", line], capture_output=True, text=True, check=False), step.does[-1].refusals


def put_out_of_use(folder, name, text):
    path = folder / name
    path.write_text(text)
    digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout[:64]
    found = tuple(one for one in active(str(path), text, SERVED, digest) if one.docker)
    (step,) = listed.changes(dataclasses.replace(READY, listed=found), "https://nobody.example")
    return path, step


@pytest.mark.parametrize(
    ("name", "text", "after"),
    [
        ("x.list", f"deb a b c\ndeb {DOCKER} x stable\n", f"deb a b c\n# deb {DOCKER} x stable\n"),
        ("x.sources", f"{FOREIGN}\n{STANZA}", f"{FOREIGN}\nEnabled: no\n{STANZA}"),
        ("x.sources", f"{STANZA}Enabled: yes\n\n{FOREIGN}", f"Enabled: no\n{STANZA}\n{FOREIGN}"),
        (
            "x.repo",
            f"{EPEL}\n# d\n{STABLE}enabled=1\n",
            f"{EPEL}\n# d\n{STABLE.replace('stable]', 'stable]' + chr(10) + 'enabled=0')}",
        ),
    ],
)
def test_a_file_is_edited_where_it_names_docker_and_kept_as_it_was(tmp_path, name, text, after):
    path, step = put_out_of_use(tmp_path, name, text)
    done, _ = carry_out(step)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.read_text() == after
    assert (tmp_path / f"{name}.save").read_text() == text
    assert docker(str(path), after) == []


def test_a_copy_that_is_there_already_is_kept_too(tmp_path):
    (tmp_path / "x.list.save").write_text("older")
    _, step = put_out_of_use(tmp_path, "x.list", f"deb {DOCKER} x stable\n")
    carry_out(step)
    assert sorted(one.read_text() for one in tmp_path.glob("x.list.save*")) == [f"deb {DOCKER} x stable\n", "older"]


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path):
    path, step = put_out_of_use(tmp_path, "x.list", f"deb {DOCKER} x stable\n")
    path.write_text("deb something else\n")
    done, refusals = carry_out(step)
    assert done.returncode == 1
    assert explain("a step", done.stderr.splitlines(), refusals).cause == f"{path} was changed meanwhile"
    assert path.read_text() == "deb something else\n"


def test_what_others_wrote_into_our_file_stays_there_and_a_second_time_nothing_is_left_to_do(tmp_path):
    path = tmp_path / "docker.sources"
    path.write_text(f"# mine\n\n{STANZA.replace('stable', 'test')}\n{FOREIGN}")
    ours, beside = split(str(path), path.read_text(), SERVED, APT_KEY)
    assert ours == STANZA.replace("stable", "test").rstrip("\n")
    done = subprocess.run(
        ["dash", "-c", listed.replaced(str(path), SOURCES, beside).line], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert path.read_text() == f"{SOURCES}\n# mine\n\n{FOREIGN}"
    again, rest = split(str(path), path.read_text(), SERVED, APT_KEY)
    assert again == SOURCES.rstrip("\n")
    subprocess.run(["dash", "-c", listed.replaced(str(path), "", rest).line], check=True)
    assert path.read_text() == f"\n# mine\n\n{FOREIGN}"
    assert (tmp_path / "docker.sources.save").is_file()


def test_dockers_own_repo_file_is_all_dockers_and_sections_of_others_are_not():
    own = f"{STABLE}enabled=1\n\n{STABLE.replace('-stable]', '-test]')}enabled=0\n\n"
    assert split("docker-ce.repo", own, (), "")[1] == ()
    text, beside = split("docker-ce.repo", f"{own}# theirs\n{EPEL}", (), "")
    assert "epel" not in text
    assert beside == ((11, 14),)


def test_a_file_of_ours_without_a_line_of_dockers_is_not_forgotten_again_and_again():
    absent = Want(state="absent")
    assert plan(absent, packages={}, key=(), sources="", beside=((1, 4),)).steps == ()
    assert sentences(plan(absent, packages={}, key=(), sources="")) == ["forget Docker's repository and its key"]
    step = plan(absent, packages={}, key=(), sources=SOURCES, beside=((9, 12),)).steps[0]
    assert f"rm -f {SOURCES_FILE}" not in step.does[-1].line
    assert f'sed -n "${{r}}p" {SOURCES_FILE}' in step.does[0].line


def test_dnf_is_given_the_release_itself_for_a_host_may_be_held_at_a_minor_one():
    found = plan(Want(), os=Os("rhel", (), "10.1"), key=(), sources=None, packages={}, fetched=None)
    assert found.failures[0].code == "key"
    rhel = dataclasses.replace(READY, os=Os("rhel", (), "10.1"), key=("060A61C51B558A7F742B77AAC52FEB6B621E9F35",), sources=None)
    assert "baseurl=https://download.docker.com/linux/rhel/10/$basearch/stable" in plan(state=rhel).steps[0].does[-1].line


def test_release_is_told_apart_from_its_folder():
    assert Repository("https://m.example").at(Release("rhel", "10")) == "https://m.example/rhel"
