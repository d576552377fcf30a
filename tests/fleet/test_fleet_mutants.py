"""Thousands of fleet files that nobody meant, made of the real ones: each is taken or refused in lines, and soon."""

import pytest
from support import mutants


@pytest.mark.parametrize("seed", range(3))
def test_what_nobody_meant_is_taken_or_refused_soon(tmp_path, seed):
    counts, slowest = mutants.tried(1000, seed, tmp_path)
    assert min(counts.values()) > 20
    assert slowest < mutants.SECONDS


def test_what_they_are_made_of_are_fleet_files():
    assert len(set(mutants.originals())) > 15
