"""Keyed numbers: published vectors, extreme words, keys and names."""

import numpy as np
import pytest

from mc_engine.errors import DesignError
from mc_engine.numerics import seeds
from mc_engine.numerics.seeds import (
    cell_centre,
    checked_seed,
    key,
    name_hash,
    name_hashes,
    philox,
    unit,
)

ONES = 0xFFFFFFFF
GOLDEN_KEY = (0xBCBFC9CD, 0x6AA5A9CD)

# kat_vectors of Random123: key, counter, result of philox4x32 with 10 rounds.
KNOWN = [
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES), (ONES,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("keys", "counter", "words"), KNOWN, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_words(keys, counter, words):
    assert tuple(map(int, philox(*keys, *counter))) == words


def test_smallest_words_do_not_give_zero():
    assert unit(0, 0) == 2.0**-53


def test_largest_words_do_not_give_one():
    assert unit(ONES, ONES) == 1.0 - 2.0**-53


@pytest.mark.parametrize("word", [0, ONES])
def test_last_twelve_bits_are_dropped(word):
    assert unit(word, 0x12345000) == unit(word, 0x12345FFF)


def test_first_word_holds_the_upper_bits():
    assert unit(0x80000000, 0) == 0.5 + 2.0**-53


def test_neighbouring_cells_are_told_apart_next_to_one():
    assert cell_centre(2**52 - 1) - cell_centre(2**52 - 2) == 2.0**-52


def test_key_is_the_same_for_ever():
    # Made by this function for version 1; another value means that all draws move.
    assert tuple(map(int, key("draws", 0, 0))) == GOLDEN_KEY


@pytest.mark.parametrize("other", [("scramble", 0, 0), ("draws", 1, 0), ("draws", 0, 1)])
def test_key_depends_on_purpose_seed_and_replicate(other):
    assert key(*other) != key("draws", 0, 0)


def test_key_depends_on_the_version(monkeypatch):
    before = key("draws", 0, 0)
    monkeypatch.setattr(seeds, "VERSION", seeds.VERSION + 1)
    assert key("draws", 0, 0) != before


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, np.uint64(2**64 - 1), np.int32(7)])
def test_every_seed_of_64_bits_is_accepted(seed):
    assert checked_seed(seed) == int(seed)


@pytest.mark.parametrize("seed", [-1, 2**64, True, np.True_, 1.0, "1", None])
def test_other_seeds_are_refused(seed):
    with pytest.raises(DesignError, match=r"seed: found .*, expected a whole number from 0 to"):
        key("draws", seed, 0)


def test_replicate_below_zero_is_refused():
    with pytest.raises(DesignError, match=r"replicate: found -1, expected"):
        key("draws", 0, -1)


def test_hashes_are_those_of_the_single_names():
    assert list(name_hashes(["a", "b"])) == [name_hash("a"), name_hash("b")]


def test_a_name_that_occurs_twice_is_refused():
    with pytest.raises(DesignError, match=r"share their random numbers \('a' and 'a'\)"):
        name_hashes(["a", "b", "a"])


def test_two_names_with_one_hash_are_refused(monkeypatch):
    monkeypatch.setattr(seeds, "name_hash", lambda name: np.uint64(len(name)))
    with pytest.raises(DesignError, match=r"'cd' and 'ab'.*rename one of them"):
        name_hashes(["ab", "c", "cd"])
