"""What is sealed opens for its reader, as what it is, and for nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.rollout.cluster import sealing


@given(st.binary(max_size=2000), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_sealed_opens_for_its_reader_only(text, about):
    one, other = sealing.Reader(), sealing.Reader()
    sealed = sealing.seal(text, one.public, about)
    assert one.open(sealed, about) == text
    with pytest.raises(sealing.SealError):
        other.open(sealed, about)
    with pytest.raises(sealing.SealError):
        one.open(sealed, f"{about}.")


def test_the_same_text_is_never_sealed_alike_and_shows_nothing_of_itself():
    reader = sealing.Reader()
    first, second = (sealing.seal(b"wachtwoord" * 9, reader.public, "shard-1") for _ in range(2))
    assert first != second
    assert b"wachtwoord" not in first


@pytest.mark.parametrize("at", [0, 31, 32, 40, -1])
def test_a_changed_byte_opens_nothing(at):
    reader = sealing.Reader()
    sealed = bytearray(sealing.seal(b"text", reader.public, "x"))
    sealed[at] ^= 1
    with pytest.raises(sealing.SealError, match="of x was not sealed for this process"):
        reader.open(bytes(sealed), "x")


@pytest.mark.parametrize("rough", [b"", b"short", bytes(31), bytes(48), bytes(200)])
def test_what_is_no_letter_is_told(rough):
    with pytest.raises(sealing.SealError):
        sealing.Reader().open(rough, "x")


@pytest.mark.parametrize("key", [b"", bytes(32), bytes(31)])
def test_what_is_no_key_is_told(key):
    with pytest.raises(sealing.SealError, match="a worker's key is none"):
        sealing.seal(b"text", key, "x")


@given(st.binary(max_size=3000), st.integers(0, 2**40))
def test_a_letter_opens_by_its_number(text, number):
    here = sealing.Letters()
    there = sealing.Letters(here.key)
    sealed = there.seal(number, text)
    assert here.open(number, sealed) == text
    for wrong in (lambda: here.open(number + 1, sealed), lambda: sealing.Letters().open(number, sealed)):
        with pytest.raises(sealing.SealError):
            wrong()


def test_a_letter_that_unpacks_to_more_than_may_be_is_refused(monkeypatch):
    letters = sealing.Letters()
    sealed = letters.seal(1, bytes(1001))
    monkeypatch.setattr(sealing, "LONGEST", 1000)
    with pytest.raises(sealing.SealError, match="longer than 1000 bytes"):
        letters.open(1, sealed)
