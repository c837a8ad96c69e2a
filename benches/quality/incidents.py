"""What goes wrong in metrics: incidents planted into a series, with labels."""

from dataclasses import dataclass

import numpy as np

KINDS = ("spike", "dip", "outage", "shift", "ramp")
# A level shift is news for a day's worth of hours; then it is how things are.
NEWS = 24


@dataclass
class Incident:
    """Points `first` to `last`, inclusive, are not as they should be."""

    kind: str
    first: int
    last: int


def usual_range(values: np.ndarray, period: int) -> np.ndarray:
    """How far a value lies from the one a period before, robustly, for each point: the noise that an incident must top."""
    steps = np.abs(values[period:] - values[:-period])
    middle = np.median(steps[steps > 0]) if (steps > 0).any() else 0.0
    return np.full(len(values), middle / 0.954)  # the median of |a - b| of two normal values, in standard deviations


def plant(values: np.ndarray, noise: np.ndarray, rng: np.random.Generator, *, count: int, floor: float | None,
          kinds: tuple[str, ...] = KINDS) -> list[Incident]:
    """Plants `count` incidents of 5 to 14 standard deviations of `noise` into the later five sixths of `values`, in place.
    `floor` is the least value there is, if any. They lie apart, so that each can be found by itself."""
    length = len(values)
    room = np.linspace(length // 6, length - 40, count + 1).astype(int)
    planted = []
    for begin, end in zip(room, room[1:]):
        kind = str(rng.choice(kinds))
        first = int(rng.integers(begin, max(begin + 1, end - 60)))
        size = float(rng.uniform(5, 14))
        sign = 1.0 if rng.random() < 0.5 else -1.0
        duration = {"spike": rng.integers(1, 4), "dip": rng.integers(3, 13), "outage": rng.integers(3, 25),
                    "shift": NEWS, "ramp": rng.integers(8, 25)}[kind]
        last = min(first + int(duration) - 1, length - 1)
        span = slice(first, last + 1)
        strength = size * noise[span]
        before = values[span].copy()
        if kind == "spike":
            values[span] += strength
        elif kind == "dip":
            values[span] -= strength
        elif kind == "outage":
            values[span] = floor if floor is not None else before - np.maximum(strength, 8 * noise[span])
        elif kind == "shift":
            step = sign * size * float(np.median(noise[span]))
            middle = float(np.median(values))
            # What cannot be negative shifts in proportion, at most to half or double.
            if floor is not None and middle > 0:
                values[first:] *= np.clip(1 + step / middle, 0.5, 2.0)
            else:
                values[first:] += step
        else:
            values[span] += sign * strength * np.linspace(0.2, 1.0, last - first + 1)
        if floor is not None:
            np.maximum(values, floor, out=values)
        if np.mean(np.abs(values[span] - before)) < 3 * float(np.mean(noise[span])):
            # Nothing to see, as when a floor eats a dip at night: a spike can always be seen.
            values[span] = before + strength
            kind = "spike"
        planted.append(Incident(kind, first, last))
    return planted
