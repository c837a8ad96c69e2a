"""Points a second of the peers, for `bench detector`: a name, a tab, a number on each line."""

import time

import numpy as np

from generate import START, Series
from run import half_space_trees, random_cut_forest

for name, peer, length in [("river HalfSpaceTrees, 25 trees", half_space_trees, 10_000), ("rrcf, 20 trees of 256", random_cut_forest, 2_000)]:
    points = np.arange(length)
    values = 1000 * (1 - 0.5 * np.cos(points % 288 / 288 * 2 * np.pi)) * (1 + 0.1 * np.random.default_rng(7).uniform(-1, 1, length))
    series = Series(name, "PT5M", 300, START + 300 * points, values, [])
    began = time.perf_counter()
    peer(series)
    print(f"{name}\t{length / (time.perf_counter() - began):.0f}")
