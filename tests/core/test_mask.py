"""What may open something is shown nowhere, and masked as dockerd masks it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyinfra_wsl.core import mask
from pyinfra_wsl.core.acts import Shell
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.plan import Deferred, Plan, Step, without_secrets

CARRIERS = [
    "http://ada:{}@proxy:3128", "http://ada:{}@proxy.example:3128/", "http://{}@proxy:3128", "https://ada:{}@h.example/b",
    "https://ada:x/{}@h.example/b", "https://ada:x?{}@h.example/b", "https://ada:{}%40h.example/b", "https://ada:{}/b",
    "https:/ada:{}@h.example/b", "socks5h://ada:{}@h:1080", "ada:{}@proxy:3128", "ada:{}@h", "https://h.example/b?token={}",
    "https://h.example/b?{}", "https://h.example/b#{}", r"\\ada:{}@server\share\b", "password={}", "http_proxy=http://ada:{}@p:3128",
    "Authorization: Bearer {}", '{{"splunk-token": "{}"}}',
]  # fmt: skip
AROUND = ["{}", "E: Failed to fetch {} 401 Unauthorized", 'level=fatal msg="proxy {}"', "'{}',", "({}):", "a b {} c {}"]
SECRETS = st.from_regex(r"hunter[a-zA-Z0-9]{4,20}", fullmatch=True)


@given(st.sampled_from(CARRIERS), st.sampled_from(AROUND), SECRETS)
def test_no_secret_is_in_a_line_that_is_shown(carrier, around, secret):
    line = around.replace("{}", carrier.replace("{{", "{").replace("}}", "}").replace("{}", secret))
    masked = mask.text(line)
    assert secret not in masked
    assert mask.HIDDEN in masked
    assert mask.text(masked) == masked, "what was masked once stays as it is"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(CARRIERS),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(["a", "proxies", *CARRIERS[:6]]), one, max_size=3),
    max_leaves=8,
)


def planted(value, secret):
    if isinstance(value, dict):
        return {name.replace("{}", secret): planted(one, secret) for name, one in value.items()}
    if isinstance(value, list):
        return [planted(one, secret) for one in value]
    return value.replace("{}", secret) if isinstance(value, str) else value


@given(st.dictionaries(st.sampled_from(["a", "b"]), JSON), st.dictionaries(st.sampled_from(["a", "b"]), JSON), SECRETS)
def test_no_secret_of_a_file_is_told_with_its_change(have, want, secret):
    old, new = planted(have, secret), planted(want, secret)
    said = [json_file.told(old, new), *json_file.diff("/etc/docker/daemon.json", old, new), str(mask.value(old))]
    assert secret not in "\n".join(said)


@pytest.mark.parametrize("key", ["splunk-token", "awslogs-credentials", "Password", "auth", "identitytoken", "api_key"])
@pytest.mark.parametrize("value", ["hunter2", 12345, ["hunter2"], {"x": "y"}])
def test_what_stands_below_a_key_that_says_so_is_masked(key, value):
    shown = mask.value({"log-opts": {key: value}})["log-opts"][key]
    assert "hunter2" not in str(shown)
    assert "12345" not in str(shown)


def test_it_looks_as_dockerd_shows_it():
    assert mask.text("http://ada:hunter2@proxy:3128") == "http://xxxxx:xxxxx@proxy:3128"
    assert mask.value({"proxies": {"http-proxy": "http://ada:hunter2@proxy:3128"}}) == {
        "proxies": {"http-proxy": "http://xxxxx:xxxxx@proxy:3128"}
    }


@pytest.mark.parametrize(
    "line",
    [
        "http://deb.debian.org/debian/dists/bookworm/InRelease  404  Not Found [IP: 151.101.2.132 80]",
        "E: Unable to locate package docker-ce=5:28.5.1-*",
        "registry.example/image:tag@sha256:" + "a" * 64,
        "unix:///run/user/1000/docker.sock",
        'Get "http://[::1]:5000/v2/": dial tcp [::1]:5000: connect: connection refused',
        "http://h:80: refused, then http://h:80/x.",
        "ops:100000:65536",
        "ada@corp.example joins the group docker",
        'time="2026-11-27T09:28:28Z" level=fatal msg="failed to start daemon: no such file"',
        "https://download.docker.com/linux/debian (/etc/apt/sources.list.d/docker.sources)",
    ],
)
def test_what_opens_nothing_is_shown_as_it_is(line):
    assert mask.text(line) == line


@given(st.text(max_size=300))
@example("://" * 100 + "@" * 100)
@example("a" * 5000 + ":b@c")
def test_any_line_can_be_masked(line):
    mask.text(line)


def test_nothing_that_a_plan_says_holds_a_secret():
    said = "http://ada:hunter2@proxy"
    plan = Plan(
        steps=(Step(said, (Shell(f"echo {said}"),), said, (f"+{said}",)),), deferred=(Deferred(said, "x", said),),
        failures=(Failure(said, said),), warnings=(said,), noop=said, unproved=(said,), foreseen=(Failure(said),),
    )  # fmt: skip
    shown = without_secrets(plan)
    assert shown.steps[0].does == plan.steps[0].does, "what is done is what was planned"
    assert "hunter2" not in repr(shown).replace(repr(plan.steps[0].does), "")
