"""Business metrics that do not exist, with incidents that are known: everything follows from a seed."""

from dataclasses import dataclass

import numpy as np

from incidents import KINDS, Incident, plant

START = 1_704_067_200  # Monday 2024-01-01T00:00:00Z
DAY = 86_400


@dataclass
class Series:
    """A metric: times in epoch seconds, values, and what is wrong with it when."""

    name: str
    interval: str
    seconds: int
    times: np.ndarray
    values: np.ndarray
    incidents: list[Incident]


def _hours(times: np.ndarray) -> np.ndarray:
    return times % DAY / 3600


def _shape(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Day, week and holidays of a metric that people make, around 1."""
    hours, weekday = _hours(times), (times - START) // DAY % 7
    peak, depth = rng.uniform(9, 21), rng.uniform(0.2, 0.8)
    day = 1 + depth * np.cos((hours - peak) / 24 * 2 * np.pi) + rng.uniform(0, 0.3) * np.cos((hours - rng.uniform(0, 12)) / 12 * 2 * np.pi)
    weekend = rng.choice([rng.uniform(0.4, 0.8), rng.uniform(1.1, 1.6), 1.0])
    week = np.where(weekday >= 5, weekend, 1 + rng.uniform(0, 0.1) * (weekday == 0))
    holidays = rng.choice(np.unique((times - START) // DAY), size=max(1, len(np.unique(times // DAY)) // 60), replace=False)
    # A holiday is a Sunday on a weekday: it is announced nowhere, and no incident.
    week = np.where(np.isin((times - START) // DAY, holidays), weekend, week)
    return np.maximum(day, 0.05) * week


def _autoregressive(length: int, memory: float, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(length) * np.sqrt(1 - memory**2)
    out = np.empty(length)
    state = rng.standard_normal()
    for index in range(length):
        state = memory * state + noise[index]
        out[index] = state
    return out


def _traffic(times, rng):
    level = 10 ** rng.uniform(1.5, 6)
    growth = 1 + rng.uniform(-0.1, 0.4) * np.linspace(0, 1, len(times))
    spread = rng.uniform(0.02, 0.12)
    expected = level * growth * _shape(times, rng)
    return expected * np.exp(spread * _autoregressive(len(times), rng.uniform(0, 0.6), rng)), spread * expected, 0.0, KINDS


def _orders(times, rng):
    expected = 10 ** rng.uniform(0.7, 2) * _shape(times, rng)
    return rng.poisson(expected).astype(float), np.sqrt(expected), 0.0, KINDS


def _sparse(times, rng):
    expected = 10 ** rng.uniform(-1.7, 0) * _shape(times, rng)
    return rng.poisson(expected).astype(float), np.maximum(np.sqrt(expected), 0.6), 0.0, ("spike",)


def _latency(times, rng):
    spread = rng.uniform(0.08, 0.25)
    wave = 1 + rng.uniform(0, 0.3) * np.cos((_hours(times) - 14) / 24 * 2 * np.pi)
    expected = 10 ** rng.uniform(1, 3) * wave
    values = expected * np.exp(spread * _autoregressive(len(times), rng.uniform(0.5, 0.93), rng))
    values *= np.where(rng.random(len(times)) < 0.02, 1 + spread * rng.exponential(1, len(times)), 1)
    return values, 1.2 * spread * expected, 0.0, ("spike", "shift", "ramp")


def _gauge(times, rng):
    memory, spread = rng.uniform(0.95, 0.995), rng.uniform(1, 20)
    return 100 + 3 * spread + spread * _autoregressive(len(times), memory, rng), np.full(len(times), spread * 0.6), None, ("spike", "dip", "outage")


def _ratio(times, rng):
    level, trials = rng.uniform(0.02, 0.95), rng.integers(200, 5000)
    expected = np.clip(level * (0.9 + 0.1 * _shape(times, rng)), 0.001, 0.99)
    return 100 * rng.binomial(trials, expected) / trials, 100 * np.sqrt(expected * (1 - expected) / trials), 0.0, KINDS


def _revenue(times, rng):
    days = (times - START) // DAY
    week = np.where(days % 7 >= 5, rng.uniform(0.5, 1.6), 1.0)
    year = 1 + rng.uniform(0, 0.25) * np.cos((days - rng.uniform(0, 365)) / 365.25 * 2 * np.pi)
    expected = 10 ** rng.uniform(3, 7) * week * year * (1 + rng.uniform(0, 0.5) * np.linspace(0, 1, len(times)))
    spread = rng.uniform(0.03, 0.1)
    return expected * np.exp(spread * _autoregressive(len(times), rng.uniform(0, 0.5), rng)), spread * expected, 0.0, KINDS


FAMILIES = {"traffic": _traffic, "orders": _orders, "sparse": _sparse, "latency": _latency, "gauge": _gauge, "ratio": _ratio, "revenue": _revenue}
INTERVALS = {"PT5M": (300, 5_000), "PT10M": (600, 4_500), "PT1H": (3_600, 3_500), "P1D": (DAY, 900)}


def series(family: str, seed: int) -> Series:
    """The metric of that family and seed."""
    rng = np.random.default_rng([sorted(FAMILIES).index(family), seed])
    interval = "P1D" if family == "revenue" else str(rng.choice(["PT5M", "PT10M", "PT1H"]))
    seconds, length = INTERVALS[interval]
    times = START + seconds * np.arange(length, dtype=np.int64)
    values, noise, floor, kinds = FAMILIES[family](times, rng)
    incidents = plant(values, noise, rng, count=max(2, length // 600), floor=floor, kinds=kinds)
    if family in ("orders", "sparse"):
        values = np.round(values)
    keep = rng.random(length) >= rng.choice([0.0, 0.01, 0.03])
    for _ in range(int(rng.integers(0, 3))):
        gap = int(rng.integers(length // 5, length - 200))
        keep[gap:gap + int(rng.integers(3, 40))] = False
    for incident in incidents:
        keep[incident.first:incident.last + 1] = True
    position = np.cumsum(keep) - 1
    for incident in incidents:
        incident.first, incident.last = int(position[incident.first]), int(position[incident.last])
    return Series(f"{family}-{seed}", interval, seconds, times[keep], values[keep], incidents)
