"""Numbers keyed by what they are for: no stream, no state, no order.

Every number is a pure function of (purpose, study seed, replicate, name, index): a *key* made
from the first three, a *counter* made from the last two, and Philox4x32-10 between them
(Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, 2011).
"""

import hashlib
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mc_engine.errors import DesignError, preview
from mc_engine.numerics.accelerate import inner, kernel
from mc_engine.numerics.lanes import from_bits

# Part of every key. Raised when the same seed is meant to give other numbers than before.
VERSION = 1
SEED_LIMIT = 2**64

# Multipliers and key steps of Philox4x32, from the paper above.
_MULTIPLY_0 = np.uint64(0xD2511F53)
_MULTIPLY_1 = np.uint64(0xCD9E8D57)
_STEP_0 = np.uint64(0x9E3779B9)
_STEP_1 = np.uint64(0xBB67AE85)
_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_DROPPED = np.uint64(12)
_CELL = 2.0**-52
_WHOLE_BITS, _WHOLE = np.uint64(0x4330000000000000), 2.0**52


@kernel
def philox(key0: Any, key1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Any:
    """Turn a counter into four random words by Philox4x32-10.

    Parameters
    ----------
    key0, key1 : uint64, below 2**32
        The key.
    c0, c1, c2, c3 : uint64, below 2**32
        The counter.

    Returns
    -------
    tuple of four uint64, each below 2**32
    """
    counter = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    return philox_lanes(np.uint64(key0), np.uint64(key1), *counter)


@inner
def philox_lanes(key0: Any, key1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Any:
    """Turn a counter of every lane into random words; as ``philox``, but four ``UInt64Vector``."""
    for _ in range(10):
        left = _MULTIPLY_0 * c0
        right = _MULTIPLY_1 * c2
        c0 = (right >> _HALF) ^ c1 ^ key0
        c1 = right & _WORD
        c2 = (left >> _HALF) ^ c3 ^ key1
        c3 = left & _WORD
        key0 = (key0 + _STEP_0) & _WORD
        key1 = (key1 + _STEP_1) & _WORD
    return c0, c1, c2, c3


@inner
def _centre(cell: Any) -> Any:
    """Give the centre of a cell: of a number or of ``UInt64Vector``; see ``cell_centre``."""
    # Under the exponent bits of 2**52 the cell is that number plus 2**52; there is no instruction
    # for it on every processor.
    return (from_bits(cell | _WHOLE_BITS) - _WHOLE + 0.5) * _CELL


@kernel
def cell_centre(cell: Any) -> float:
    """Give ``(cell + 1/2) 2**-52``, which is exact and lies strictly between 0 and 1.

    Parameters
    ----------
    cell : uint64, below 2**52
    """
    return _centre(np.uint64(cell))


@inner
def unit_lanes(w0: Any, w1: Any) -> Any:
    """Turn two words of every lane into a number strictly between 0 and 1; as ``unit``."""
    return _centre(((w0 << _HALF) | w1) >> _DROPPED)


@kernel
def unit(w0: Any, w1: Any) -> float:
    """Turn two words into a number strictly between 0 and 1.

    With ``x`` the top 52 bits of the two words this is ``(x + 1/2) 2**-52``. With 53 bits the
    largest number would round to 1.

    Parameters
    ----------
    w0, w1 : uint64, below 2**32
        ``w0`` holds the upper bits.

    Returns
    -------
    float, 1
        Within [2**-53, 1 - 2**-53].
    """
    return unit_lanes(np.uint64(w0), np.uint64(w1))


def checked_seed(seed: int) -> int:
    """Accept a study seed, or refuse it.

    Parameters
    ----------
    seed : int
        At least 0 and below 2**64; 0 is a seed like any other.

    Raises
    ------
    DesignError
        For anything else, ``True`` and ``1.0`` included.
    """
    return _whole("seed", seed)


def _whole(name: str, value: int) -> int:
    """Accept a whole number that fits 64 bits."""
    expected = "expected a whole number from 0 to 2**64 - 1"
    if isinstance(value, bool | np.bool_):
        raise DesignError(f"{name}: found {value}, {expected}; give the number itself")
    try:
        number = operator.index(value)
    except TypeError:
        raise DesignError(
            f"{name}: found {value!r} ({type(value).__name__}), {expected}; write it as an integer"
        ) from None
    if not 0 <= number < SEED_LIMIT:
        raise DesignError(f"{name}: found {number}, {expected}; choose one within that range")
    return number


def key(purpose: str, seed: int, replicate: int) -> tuple[np.uint32, np.uint32]:
    """Derive the key of one branch of the tree of seeds.

    Parameters
    ----------
    purpose : str
        What the numbers are for; branches of different purpose share nothing.
    seed : int
        The study's seed, 0 <= seed < 2**64.
    replicate : int
        Independent repetition, 0 <= replicate < 2**64.

    Returns
    -------
    tuple of two uint32
        The first eight bytes of BLAKE2b over (version, purpose, seed, replicate).

    Raises
    ------
    DesignError
        For a seed or replicate out of range.
    """
    digest = hashlib.blake2b(digest_size=8)
    digest.update(VERSION.to_bytes(8, "little"))
    digest.update(checked_seed(seed).to_bytes(8, "little"))
    digest.update(_whole("replicate", replicate).to_bytes(8, "little"))
    digest.update(purpose.encode())
    words = digest.digest()
    return (
        np.uint32(int.from_bytes(words[:4], "little")),
        np.uint32(int.from_bytes(words[4:], "little")),
    )


def generator(stream: tuple[np.uint32, np.uint32], number: int) -> np.random.Generator:
    """Make NumPy's generator for one numbered part of a branch.

    Parameters
    ----------
    stream : tuple of two uint32
        From ``key``.
    number : int
        At least 0; parts share nothing.
    """
    words = np.random.SeedSequence([*map(int, stream), number])
    return np.random.Generator(np.random.Philox(words))


def name_hash(name: str) -> np.uint64:
    """Turn the name of a parameter into the upper half of its counters.

    Returns
    -------
    uint64
        The eight bytes of BLAKE2b over the name in UTF-8. The twin for a whole list, which
        refuses collisions, is ``name_hashes``.
    """
    return np.uint64(
        int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    )


def name_hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """Hash every name, and refuse two parameters that would share their numbers.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    uint64[name]

    Raises
    ------
    DesignError
        When a name occurs twice or two names have one hash.
    """
    hashes = np.array([name_hash(name) for name in names], dtype=np.uint64)
    first: dict[int, str] = {}
    shared = []
    for name, value in zip(names, map(int, hashes), strict=True):
        if value in first:
            shared.append(f"'{name}' and '{first[value]}'")
        first.setdefault(value, name)
    if shared:
        raise DesignError(
            f"parameters: found {len(shared)} that would share their random numbers "
            f"({preview(shared)}), expected a hash of its own for each name; rename one of them"
        )
    return hashes
