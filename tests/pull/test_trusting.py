"""Trust goes from one version to the next only by those whom both name, and says what became of a key."""

from dataclasses import replace
from datetime import timedelta

import pytest
from published import NOW

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull.form import fields, sshsig, trust
from pyinfra_wsl.pull.form.refused import EXPIRED, FLEET, FORM, REVOKED, TRUST, UNKNOWN, RefusedError
from pyinfra_wsl.pull.form.signed import Signed, Signers, join
from pyinfra_wsl.pull.form.trust import Trust
from pyinfra_wsl.pull.publish import keys as signing
from pyinfra_wsl.pull.publish import place
from pyinfra_wsl.pull.publish.trusting import Change, changed

YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def one(keys):
    return Trust("corp", 1, 0, NOW, (signing.public(keys / "root"),), 1, {signing.public(keys / "a"): NOW + YEAR}, 1)


@pytest.fixture(scope="module")
def sign(keys):
    def signed(made, *names):
        return Signed.read(join([signing.sign(keys / name, trust.NAMESPACE, made.body) for name in names], made.body))

    return signed


def refusal(work):
    with pytest.raises(RefusedError) as refused:
        work()
    return refused.value.code


def test_it_is_read_as_it_was_written(one):
    assert Trust.parse(one.body) == one


def test_it_is_handed_on_from_one_to_three(one, sign, keys):
    two = replace(one, version=2, roots=(signing.public(keys / "other"),))
    three = replace(two, version=3, signing={signing.public(keys / "b"): NOW + YEAR}, epoch=1)
    assert trust.follow(one, [sign(two, "root", "other"), sign(three, "other")]) == three
    # 3 by 2's new keys alone, without 2 on the way
    assert refusal(lambda: trust.follow(one, [sign(three, "other")])) == UNKNOWN
    # 2 by the new root only: whoever has 1 has no reason to believe it
    assert refusal(lambda: trust.follow(one, [sign(two, "other")])) == UNKNOWN
    # 2 by the old root only: it may be a typing error that would lock everybody out
    assert refusal(lambda: trust.follow(one, [sign(two, "root")])) == UNKNOWN


@pytest.mark.parametrize(
    ("change", "code"),
    [({"version": 3}, TRUST), ({"version": 1}, TRUST), ({"version": 2, "fleet": "other"}, FLEET)],
)
def test_what_does_not_follow_is_refused(one, sign, change, code):
    assert refusal(lambda: trust.follow(one, [sign(replace(one, **change), "root")])) == code


def test_an_epoch_never_goes_back(one, sign):
    later = replace(one, epoch=3)
    assert refusal(lambda: trust.follow(later, [sign(replace(one, version=2, epoch=2), "root")])) == TRUST


def test_a_key_counts_until_its_time_and_not_once_it_was_revoked(one, keys):
    signers = Signers(frozenset(one.signing), ())
    one.need_signing(signers, NOW)
    one.need_signing(signers, None)
    assert refusal(lambda: one.need_signing(signers, NOW + 2 * YEAR)) == EXPIRED
    gone = replace(one, revoked=frozenset({sshsig.fingerprint(signing.public(keys / "a"))}))
    assert refusal(lambda: gone.need_signing(signers, None)) == REVOKED


@pytest.mark.parametrize(
    ("name", "value"),
    [("format", 2), ("fleet", "a b"), ("version", 0), ("version", True), ("root", {"keys": [], "threshold": 1}),
     ("root", {"keys": ["ssh-rsa AAAA"], "threshold": 1}), ("signing", {"keys": [{}], "threshold": 1}), ("signing", 1),
     ("revoked", [1]), ("made", "yesterday")],
)  # fmt: skip
def test_a_trust_of_another_form_is_refused(one, name, value):
    assert refusal(lambda: Trust.parse(fields.body({**one.values, name: value}))) == FORM


def test_a_key_that_was_revoked_does_not_come_back(one, keys):
    mark = sshsig.fingerprint(signing.public(keys / "a"))
    gone = changed(one, Change([signing.public(keys / "b")], drop=[mark], revoke=True), NOW)
    assert (gone.revoked, list(gone.signing), gone.version) == ({mark}, [signing.public(keys / "b")], 2)
    with pytest.raises(StepError, match="was revoked"):
        changed(gone, Change([signing.public(keys / "a")]), NOW)


def test_nobody_is_left_without_a_key(one):
    with pytest.raises(StepError, match="as many different keys"):
        changed(one, Change(drop=[sshsig.fingerprint(next(iter(one.signing)))]), NOW)
    with pytest.raises(StepError, match="signs nothing"):
        changed(one, Change(drop=["SHA256:nobody"]), NOW)


def test_the_commands_make_rotate_and_revoke(site, keys, call):
    public = site / "public"
    assert "trust 2, epoch 0" in call("trust", "rotate", public, "--root", keys / "root", "--signing", keys / "b")
    mark = sshsig.fingerprint(signing.public(keys / "a"))
    said = call("trust", "revoke", public, mark, "--root", keys / "root", "--new-epoch")
    assert "trust 3, epoch 1" in said
    assert f"revoked: {mark}" in call("trust", "show", public)
    assert place.newest_trust(public).version == 3
    assert len(place.chain(public)) == 3


def test_the_commands_say_what_is_wrong_in_a_line(site, keys, call, tmp_path):
    public = site / "public"
    assert "has a trust already" in call(
        "trust", "init", public, "--fleet", "corp", "--root", keys / "root", "--signing", keys / "a", code=1
    )
    assert "not trusted here" in call("trust", "rotate", public, "--root", keys / "other", "--signing", keys / "b", code=1)
    assert "is no name" in call(
        "trust", "init", tmp_path / "new", "--fleet", "a b", "--root", keys / "root", "--signing", keys / "a", code=1
    )
    assert "has no trust" in call("trust", "show", tmp_path / "new", code=1)
    assert place.newest_trust(public).version == 1
