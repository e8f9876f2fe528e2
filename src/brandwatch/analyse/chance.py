"""How likely a count is where counts of this mean and spread are usual: the negative binomial distribution."""

from __future__ import annotations

import math

_NEGLIGIBLE = 1e-9


def upper_tail(count: int, mean: float, variance: float) -> float:
    """Return the chance of *count* or more; of Poisson's distribution where the variance is not above the mean.

    Added up from *count* on, above the mean, where each term is smaller than the one before.
    """
    if count <= mean:
        return 1.0
    mean = max(mean, _NEGLIGIBLE)
    excess = variance - mean
    size = mean * mean / excess if excess > mean * _NEGLIGIBLE else math.inf
    term = math.exp(_logarithm(count, mean, size))
    total, number = term, count
    while term > total * _NEGLIGIBLE:
        # Of two neighbouring terms; of Poisson's it is mean / (number + 1).
        odds = mean if math.isinf(size) else (number + size) * mean / (mean + size)
        number += 1
        term *= odds / number
        total += term
    return min(total, 1.0)


def _logarithm(count: int, mean: float, size: float) -> float:
    """Return the logarithm of the chance of exactly *count*."""
    if math.isinf(size):
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    ways = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    return ways + size * math.log(size / (mean + size)) + count * math.log(mean / (mean + size))
