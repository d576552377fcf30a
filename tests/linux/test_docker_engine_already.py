"""What a host has already of Docker: sources by other names and with other keys, packages under other names, holds."""

import shlex

import pytest

from pyinfra_wsl.resources.docker_engine import asking

from .fleet import assert_converged, assert_refused, assert_unchanged

LISTS = "/etc/apt/sources.list.d"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def engine(repository):
    return {"repository": repository.url, "key_fingerprint": repository.fingerprint}


@pytest.fixture(scope="module")
def bare(make_container, fleet_of, engine):
    """A host that has no Docker, and in the way of whose first one something stands in each test."""
    return fleet_of(make_container("engine-in-the-way", "bookworm"), docker_engine=engine)


@pytest.fixture(scope="module")
def fleet(make_container, fleet_of, engine):
    """A converged host."""
    made = fleet_of(make_container("engine-sources", "bookworm"), docker_engine=engine | {"version": "28.5.0"})
    assert_converged(made.converge())
    return made


def package(name, path):
    """Return what builds and installs a package that owns a file."""
    control = f"Package: {name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@localhost>\\nDescription: x\\n"
    return (
        f"d=$(mktemp -d) && mkdir -p $d/DEBIAN $d{path.rpartition('/')[0]} && printf '{control}' > $d/DEBIAN/control"
        f" && touch $d{path} && dpkg-deb -b $d /tmp/{name}.deb >/dev/null && dpkg -i /tmp/{name}.deb >/dev/null"
    )


def installed(host, name):
    return host.run(f"dpkg-query -W -f '${{db:Status-Abbrev}}' {name} | grep -q '^[hi]i'").returncode == 0


def assert_no_source(host):
    assert host.out(f"ls {LISTS} /etc/apt/keyrings | grep docker || true") == ""


BUILDX = "/usr/libexec/docker/cli-plugins/docker-buildx"


def test_a_repository_that_does_not_answer_leaves_everything_as_it_was(bare, engine, repository):
    bare.host.out(package("docker-buildx", BUILDX))
    silent = {"repository": NOBODY, "key": str(repository.key), "remove_conflicting": True}
    run = bare.converge(docker_engine=engine | silent)
    assert_refused(run, f"{NOBODY}/debian/dists/bookworm does not answer this host", "nothing was changed")
    assert installed(bare.host, "docker-buildx")
    assert_no_source(bare.host)


def test_something_else_that_answers_is_no_repository(bare, engine, repository):
    bare.host.out(
        "mkdir -p /srv/debian/dists/bookworm; echo '<html>log in first</html>' > /srv/debian/dists/bookworm/InRelease;"
        " systemd-run -q --unit=portal python3 -m http.server -d /srv 8765; sleep 1"
    )
    portal = {"repository": "http://127.0.0.1:8765", "key": str(repository.key), "remove_conflicting": True}
    assert_refused(bare.converge(docker_engine=engine | portal), "answers with something else than a repository")
    bare.host.out("systemctl stop portal")
    assert installed(bare.host, "docker-buildx")
    assert_no_source(bare.host)


def test_the_hosts_own_proxy_is_used(bare, engine):
    bare.host.out(f"echo 'Acquire::http::Proxy \"{NOBODY}\";' > /etc/apt/apt.conf.d/99proxy")
    assert_refused(bare.converge(docker_engine=engine | {"remove_conflicting": True}), "does not answer this host", "127.0.0.1:9")
    bare.host.out("rm /etc/apt/apt.conf.d/99proxy")
    assert installed(bare.host, "docker-buildx")


def test_docker_from_a_snap_is_named(bare):
    rows = "Name    Version  Rev   Tracking       Publisher    Notes\\ndocker  28.4.0   3377  latest/stable  canonical**  -\\n"
    program = f"#!/bin/sh\n[ \"$*\" = 'list docker' ] && printf '{rows}'\n"
    bare.host.out(f"printf %s {shlex.quote(program)} > /usr/local/bin/snap; chmod 755 /usr/local/bin/snap")
    run = bare.converge(docker_engine=bare.declared["docker_engine"] | {"remove_conflicting": True})
    assert_refused(run, "Docker 28.4.0 is here from a snap too", "snap remove docker")
    bare.host.out("rm /usr/local/bin/snap")
    assert installed(bare.host, "docker-buildx")


def test_packages_are_found_by_the_files_that_they_own_and_go_though_they_are_held(bare, engine):
    bare.host.out(f"{package('corp-docker', '/usr/bin/docker')} && apt-mark hold docker-buildx")
    run = bare.converge()
    assert_refused(run, "docker-buildx", "corp-docker (has /usr/bin/docker)", "remove_conflicting: true")
    assert_converged(bare.converge(docker_engine=engine | {"remove_conflicting": True}))
    assert not installed(bare.host, "corp-docker")
    assert not installed(bare.host, "docker-buildx")
    assert_unchanged(bare.converge())


def test_a_version_that_is_not_to_be_had_leaves_the_packages_held(fleet, engine):
    before = fleet.host.out("apt-mark showhold")
    assert "docker-ce" in before.split()
    assert_refused(fleet.converge(docker_engine=engine | {"version": "28.5.9"}), "28.5.9")
    assert fleet.host.out("apt-mark showhold") == before
    assert_unchanged(fleet.converge())


def test_comments_and_what_is_not_enabled_are_in_nobodys_way(fleet, repository):
    stanza = f"Types: deb\\nURIs: {repository.url}/debian\\nSuites: bookworm\\nComponents: stable\\nEnabled: no\\n"
    fleet.host.out(
        f"echo '# deb https://download.docker.com/linux/debian bookworm stable' > {LISTS}/old.list;"
        f" printf '{stanza}' > {LISTS}/off.sources; echo '#deb {repository.url}/debian bookworm stable' > {LISTS}/docker.list"
    )
    assert_unchanged(fleet.converge())
    fleet.host.out(f"rm {LISTS}/old.list {LISTS}/off.sources {LISTS}/docker.list")


def test_a_mirror_by_another_name_is_known_by_what_it_serves(fleet, engine, repository):
    mirror = repository.url.replace("127.0.0.1", "127.1")
    fleet.host.out(f"echo 'deb [trusted=yes] {mirror}/debian bookworm stable' > {LISTS}/corp.list; apt-get update -q")
    assert_refused(fleet.converge(), f"{LISTS}/corp.list:1", "names Docker's repository too", "remove_conflicting")
    run = fleet.converge(docker_engine=engine | {"version": "28.5.0", "remove_conflicting": True})
    assert_converged(run)
    assert fleet.host.out(f"cat {LISTS}/corp.list").startswith("# deb [trusted=yes]")
    assert fleet.host.out(f"cat {LISTS}/corp.list.save").startswith("deb [trusted=yes]")
    assert_unchanged(fleet.converge())


def test_two_keys_for_one_repository_are_mended_with_consent(fleet, engine, repository):
    entry = f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {repository.url}/debian bookworm stable"
    fleet.host.out(f"printf '# kept\\n{entry}\\n' > {LISTS}/again.list")
    assert "Conflicting values set for option Signed-By" in fleet.host.run("apt-get update 2>&1").stdout
    assert_refused(fleet.converge(), f"{LISTS}/again.list:2", "no apt command works")
    run = fleet.converge(docker_engine=engine | {"version": "28.5.0", "remove_conflicting": True})
    assert_converged(run)
    assert run.changes == [f"{LISTS}/again.list no longer names Docker's repository (line 2)"]
    fleet.host.out("apt-get update")
    assert fleet.host.out(f"cat {LISTS}/again.list") == f"# kept\n# {entry}"
    assert_unchanged(fleet.converge())


def test_a_list_of_the_former_kind_gives_way_and_what_else_stands_in_it_stays(fleet, repository):
    fleet.host.out(f"rm {LISTS}/docker.sources")
    docker, other = f"deb {repository.url}/debian bookworm stable", "deb [trusted=yes] file:/srv/own ./"
    fleet.host.out(f"mkdir -p /srv/own; : > /srv/own/Packages; printf '{docker}\\n{other}\\n' > {LISTS}/docker.list")
    assert_converged(fleet.converge())
    assert fleet.host.out(f"cat {LISTS}/docker.list") == f"# {docker}\n{other}"
    assert fleet.host.out(f"cat {LISTS}/docker.list.save") == f"{docker}\n{other}"
    assert_unchanged(fleet.converge())
    fleet.host.out(f"printf '{docker}\\n' > {LISTS}/docker.list")
    assert_converged(fleet.converge())
    assert fleet.host.run(f"test -e {LISTS}/docker.list").returncode == 1
    assert fleet.host.out(f"ls {LISTS}/docker.list.save*").count("docker.list.save") == 2
    fleet.host.out(f"rm {LISTS}/docker.list.save*")


def test_what_others_wrote_into_our_file_stays_there_also_when_docker_goes(fleet):
    own = "# ours\\nTypes: deb\\nURIs: file:/srv/own\\nSuites: ./\\nTrusted: yes\\n"
    fleet.host.out(f"printf '\\n{own}' >> {LISTS}/docker.sources; sed -i 's/stable/test/' {LISTS}/docker.sources")
    assert_converged(fleet.converge())
    text = fleet.host.out(f"cat {LISTS}/docker.sources")
    assert "Components: stable" in text
    assert "URIs: file:/srv/own" in text
    assert_unchanged(fleet.converge())
    assert_converged(fleet.converge(docker_engine={"state": "absent"}))
    left = fleet.host.out(f"cat {LISTS}/docker.sources")
    assert "file:/srv/own" in left
    assert "stable" not in left
    fleet.host.out("apt-get update")
    assert_unchanged(fleet.converge(docker_engine={"state": "absent"}))


@pytest.mark.thorough
def test_dnf_itself_asks_a_repository_through_the_hosts_proxy(make_container):
    host = make_container("engine-dnf", "bookworm")
    host.out("apt-get update -q && apt-get install -y -q --no-install-recommends dnf createrepo-c", timeout=400)
    host.out(
        "mkdir -p /srv/rhel/10/x86_64/stable /etc/dnf; createrepo_c -q /srv/rhel/10/x86_64/stable;"
        " systemd-run -q --unit=web python3 -m http.server -b 127.0.0.1 -d /srv 8766; sleep 1"
    )

    def ask(release, setting=""):
        host.out(f"printf '[main]\\n{setting}\\n' > /etc/dnf/dnf.conf")
        return host.run(asking.dnf(f"http://127.0.0.1:8766/rhel/{release}/$basearch/stable", "x86_64").line)

    assert ask(10).returncode == 0
    assert ask(10, f"proxy={NOBODY}").returncode == 1
    for setting in ("", "skip_if_unavailable=True"):
        done = ask(11, setting)
        assert done.returncode == 1
        assert "@refused silent Status code: 404" in done.stderr
