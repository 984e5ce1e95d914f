"""Randomness without a generator's state: the same key and time give the same number, in any order."""

from functools import lru_cache
from hashlib import blake2b
from math import floor, sqrt

_WORD = 0xFFFFFFFFFFFFFFFF
_SUM_OF_FOUR_MEAN = 2 * 0xFFFF
_SUM_OF_FOUR_DEVIATION = 0x10000 / sqrt(3.0)


@lru_cache(maxsize=8192)
def key(seed: int, *names: str) -> int:
    """A 64-bit key for what `names` say, the same on every machine."""
    text = "\0".join((str(seed), *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _bits(seed_key: int, bucket: int) -> int:
    """64 well-mixed bits (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = (seed_key + bucket * 0x9E3779B97F4A7C15) & _WORD
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & _WORD
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & _WORD
    return x ^ x >> 31


def uniform(seed_key: int, bucket: int) -> float:
    """Uniform in [0, 1)."""
    return (_bits(seed_key, bucket) >> 11) * 2.0**-53


def normal(seed_key: int, bucket: int) -> float:
    """Nearly normal: mean 0, deviation 1, never beyond 3.5 (four uniform numbers added)."""
    x = _bits(seed_key, bucket)
    total = (x & 0xFFFF) + (x >> 16 & 0xFFFF) + (x >> 32 & 0xFFFF) + (x >> 48)
    return (total - _SUM_OF_FOUR_MEAN) / _SUM_OF_FOUR_DEVIATION


def smooth_noise(seed_key: int, hours: float, period: float) -> float:
    """A smooth course, mean 0 and deviation 1 at every moment, that forgets itself within `period` hours."""
    position = hours / period + (seed_key & 0xFFFF) / 0x10000
    bucket = floor(position)
    part = position - bucket
    share = part * part * (3.0 - 2.0 * part)
    left = normal(seed_key, bucket)
    mixed = left + (normal(seed_key, bucket + 1) - left) * share
    return mixed / sqrt(1.0 - 2.0 * share + 2.0 * share * share)
