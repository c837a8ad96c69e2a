"""How well `bartizan detect` finds incidents, beside what a user would install, in one run.

    python run.py tuning|held-back [generated|real]...

An incident is found if at least one point in its window is flagged. A false alarm is a run of flagged points (up to three
unflagged ones between them are passed over) that begins neither in a window nor in the three points after one. `rows` counts each flagged
row outside by itself. Bartizan has its default threshold, 0.5; each peer has the threshold with the best F1 **on these very
series**, which no user could know beforehand.
"""

import datetime
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import real
from generate import FAMILIES, Series, series

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BARTIZAN", str(ROOT / "target/release/bartizan"))
SEEDS = {"tuning": range(1, 11), "held-back": range(101, 111)}
GRACE = 3
# rrcf does about a hundred points a second; with this it has a share of the series, and the other rows say theirs.
SLOW_SERIES = int(os.environ.get("SLOW_SERIES", "7"))


def bartizan(one: Series, score: str) -> np.ndarray:
    rows = "".join(f"{time},{value!r}\n" for time, value in zip(one.times.tolist(), one.values.tolist()))
    command = [BINARY, "detect", "--interval", one.interval, "--score", score]
    out = subprocess.run(command, input=rows, capture_output=True, text=True, check=True).stdout
    return np.array([float(line.split(",")[2] or 0) for line in out.splitlines()[1:]])


def z_score(one: Series) -> np.ndarray:
    """A rolling z-score over a day, or thirty points if a day has fewer."""
    width = max(30, 86_400 // one.seconds)
    import pandas

    before = pandas.Series(one.values).shift(1).rolling(width, min_periods=width // 2)
    z = (one.values - before.mean()) / before.std().clip(lower=1e-9)
    return z.abs().fillna(0).to_numpy()


def half_space_trees(one: Series) -> np.ndarray:
    from river import anomaly, preprocessing

    scaler, trees = preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(seed=7, n_trees=25, height=8, window_size=250)
    scores, hours = [], one.times % 86_400 / 86_400
    for value, hour in zip(one.values.tolist(), hours.tolist()):
        point = {"value": value}
        scaler.learn_one(point)
        point = scaler.transform_one(point) | {"hour": hour}
        scores.append(trees.score_one(point))
        trees.learn_one(point)
    return np.array(scores)


def random_cut_forest(one: Series) -> np.ndarray:
    import rrcf

    np.random.seed(7)
    trees, size, width, scores = [rrcf.RCTree() for _ in range(20)], 256, 4, []
    for index in range(len(one.values)):
        if index < width - 1:
            scores.append(0.0)
            continue
        point = one.values[index - width + 1:index + 1]
        total = 0.0
        for tree in trees:
            if len(tree.leaves) >= size:
                tree.forget_point(index - size)
            tree.insert_point(point, index=index)
            total += tree.codisp(index)
        scores.append(total / len(trees))
    return np.array(scores)


@dataclass
class Counts:
    points: int = 0
    incidents: int = 0
    found: int = 0
    alarms: int = 0
    rows: int = 0
    kinds: dict = field(default_factory=dict)

    def add(self, one: Series, flagged: np.ndarray) -> None:
        near = np.zeros(len(flagged), bool)
        for incident in one.incidents:
            hit = bool(flagged[incident.first:incident.last + 1].any())
            near[incident.first:incident.last + 1 + GRACE] = True
            self.incidents += 1
            self.found += hit
            total, hits = self.kinds.get(incident.kind, (0, 0))
            self.kinds[incident.kind] = (total + 1, hits + hit)
        outside = np.flatnonzero(flagged & ~near)
        self.rows += len(outside)
        self.alarms += int((np.diff(outside, prepend=-10) > GRACE + 1).sum())
        self.points += len(flagged)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.alarms)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.incidents)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def row(self, name: str, threshold: str) -> str:
        rate = 1000 / max(1, self.points)
        return (f"| {name} | {threshold} | {self.incidents} | {self.precision:.2f} | {self.recall:.2f} | **{self.f1:.2f}** | "
                f"{self.alarms * rate:.2f} | {self.rows * rate:.2f} |")


def counted(scored: list[tuple[Series, np.ndarray]], threshold: float) -> Counts:
    counts = Counts()
    for one, scores in scored:
        counts.add(one, scores >= threshold)
    return counts


def best(scored: list[tuple[Series, np.ndarray]]) -> tuple[float, Counts]:
    """The threshold with the best F1, among the upper quantiles of all scores."""
    every = np.concatenate([scores for _, scores in scored])
    thresholds = np.unique(np.quantile(every, 1 - np.logspace(-5, -1, 60)))
    return max(((float(at), counted(scored, at)) for at in thresholds), key=lambda pair: pair[1].f1)


def report(title: str, chosen: list[Series], split: str) -> None:
    points = sum(len(one.values) for one in chosen)
    print(f"\n### {title}, {split}: {len(chosen)} series, {points:,} points\n")
    print("| detector | threshold | incidents | precision | recall | F1 | false alarms / 1,000 points | rows / 1,000 |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    severity = counted([(one, bartizan(one, "severity")) for one in chosen], 0.5)
    print(severity.row("bartizan, severity", "0.5, default"), flush=True)
    print(counted([(one, bartizan(one, "novelty")) for one in chosen], 0.5).row("bartizan, novelty", "0.5, default"), flush=True)
    for name, peer, share in [("rolling z-score", z_score, chosen), ("river HalfSpaceTrees", half_space_trees, chosen),
                              (f"rrcf, {SLOW_SERIES} of the series", random_cut_forest, spread(chosen))]:
        threshold, counts = best([(one, peer(one)) for one in share])
        print(counts.row(name, f"{threshold:.3g}, best"), flush=True)
    same = counted([(one, bartizan(one, "severity")) for one in spread(chosen)], 0.5)
    print(same.row(f"bartizan, severity, the same {SLOW_SERIES}", "0.5, default"))
    print("\nfound: " + ", ".join(f"{kind} {hits} of {total}" for kind, (total, hits) in sorted(severity.kinds.items())))


def spread(chosen: list[Series]) -> list[Series]:
    return chosen[::max(1, len(chosen) // SLOW_SERIES)][:SLOW_SERIES]


def main(split: str, parts: list[str]) -> None:
    print(f"{datetime.date.today()}, {split}")
    if "generated" in parts:
        report("Generated", [series(family, seed) for family in FAMILIES for seed in SEEDS[split]], split)
    if "real" in parts:
        odd = split == "held-back"
        report("Real backgrounds", [one for number, one in enumerate(real.backgrounds()) if (number // 2 % 2 == 1) == odd], split)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or ["generated", "real"])
