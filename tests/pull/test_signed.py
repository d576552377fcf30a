"""A signed file is parted, and counted who of those that may have signed it."""

import pytest

from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.refused import EXPIRED, FORGED, FORM, NAMESPACE, REVOKED, TOO_FEW, UNKNOWN, RefusedError
from pyinfra_wsl.pull.form.signed import LARGEST, Signed, Signers, join
from pyinfra_wsl.pull.publish import keys as signing

BODY = b"body\n"


@pytest.fixture(scope="module")
def blocks(keys):
    return {name: signing.sign(keys / name, "n", BODY) for name in ("a", "b")}


@pytest.fixture(scope="module")
def public(keys):
    return {name: signing.public(keys / name) for name in ("a", "b", "other")}


def code(signed, *trusted, threshold=1, **more):
    with pytest.raises(RefusedError) as refused:
        Signers.of(signed, "n").need(trusted, threshold, **more)
    return refused.value.code


def test_a_file_comes_apart_as_it_was_joined(blocks):
    whole = join([blocks["a"], blocks["b"]], BODY)
    signed = Signed.read(whole)
    assert (len(signed.signatures), signed.body, signed.data) == (2, BODY, whole)


def test_who_signed_is_counted_once_each(blocks, public):
    twice = Signed.read(join([blocks["a"], blocks["a"]], BODY))
    assert code(twice, public["a"], public["b"], threshold=2) == TOO_FEW
    Signers.of(Signed.read(join(blocks.values(), BODY)), "n").need([public["a"], public["b"]], 2)


def test_each_reason_has_its_own_code(blocks, public):
    signed = Signed.read(join([blocks["a"]], BODY))
    assert code(signed, public["b"]) == UNKNOWN
    assert code(signed, public["a"], revoked=[sshsig.fingerprint(public["a"])]) == REVOKED
    assert code(signed, public["a"], expired=[public["a"]]) == EXPIRED
    assert code(Signed.read(join([blocks["a"]], BODY + b"x")), public["a"]) == FORGED
    with pytest.raises(RefusedError) as refused:
        Signers.of(signed, "m").need([public["a"]], 1)
    assert refused.value.code == NAMESPACE


def test_a_bad_signature_beside_a_good_one_takes_nothing_from_it(blocks, keys, public):
    other = signing.sign(keys / "other", "m", BODY)
    Signers.of(Signed.read(join([other, blocks["a"]], BODY)), "n").need([public["a"]], 1)


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>sign in</html>", b"{}", sshsig.BEGIN, sshsig.BEGIN + b"x" * 9000, b"x" * (LARGEST + 1)],
)
def test_what_is_no_signed_file_is_refused(data):
    with pytest.raises(RefusedError) as refused:
        Signed.read(data)
    assert refused.value.code == FORM


def test_a_thousand_signatures_are_refused_unread(blocks):
    with pytest.raises(RefusedError):
        Signed.read((blocks["a"] * 20) + BODY)


def test_no_body_passes_for_a_signature():
    with pytest.raises(ValueError, match="like a signature"):
        join([], sshsig.BEGIN)
