"""Each laptop proves its own slice, and nothing else is proved by what it holds."""

import pytest

from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form import tree
from pyinfra_wsl.pull.form.refused import RefusedError

NAMES = [tree.name_of("corp", f"LT-{number}") for number in range(40)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 31, 40])
def test_every_slice_is_proved(count):
    bodies = {name: name.encode() for name in NAMES[:count]}
    root, proofs = tree.grow({name: tree.leaf(name, body) for name, body in bodies.items()})
    for name, body in bodies.items():
        tree.prove(root, name, body, proofs[name])
        with pytest.raises(RefusedError):
            tree.prove(root, name, body + b" ", proofs[name])
        with pytest.raises(RefusedError):
            tree.prove(root, NAMES[-1] if name != NAMES[-1] else NAMES[0], body, proofs[name])


def test_a_slice_of_another_is_not_mine_with_any_proof():
    bodies = {name: name.encode() for name in NAMES}
    root, proofs = tree.grow({name: tree.leaf(name, body) for name, body in bodies.items()})
    for proof in proofs.values():
        with pytest.raises(RefusedError):
            tree.prove(root, NAMES[0], bodies[NAMES[1]], proof)


@pytest.mark.parametrize("proof", [["x" + "0" * 64], ["l" + "0" * 63], ["l"], [""], ["l" + "0" * 64] * 41])
def test_what_is_no_proof_is_refused(proof):
    with pytest.raises(RefusedError):
        tree.prove("0" * 64, NAMES[0], b"", proof)


def test_a_name_is_the_same_in_any_case_and_another_in_another_fleet():
    assert tree.name_of("corp", "lt-1") == tree.name_of("corp", "LT-1") != tree.name_of("test", "LT-1")


def test_20000_names_are_spread_evenly_and_stay_where_they_are():
    delays = [slices.delay(f"LT-{number:05}", 3600) for number in range(20_000)]
    assert delays == [slices.delay(f"lt-{number:05}", 3600) for number in range(20_000)]
    minutes = [0] * 60
    for one in delays:
        minutes[one // 60] += 1
    assert max(minutes) <= 20_000 * 0.02 + 1e-9
    assert slices.delay("LT-1", 0) == 0
