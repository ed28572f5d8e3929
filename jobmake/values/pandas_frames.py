"""Tables, columns and indexes of pandas, and its scalars.

Knows what a DataFrame, a Series and each kind of index consist of, and takes them apart to
arrays: Arrow would lose columns of mixed objects, names that are no texts and kinds of
indexes, and would write its versions beside them.

Invariant: a frame comes back with the same labels, dtypes, names, attrs and kinds of
indexes. How its columns lay together in memory is not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.values.library import library
from jobmake.values.pandas_arrays import array_in, array_out
from jobmake.values.simple import Simple
from jobmake.values.trouble import Unkept

if TYPE_CHECKING:
    from collections.abc import Callable

# Where the classes say they are, since pandas 3 and before.
_FRAME = "pandas:DataFrame pandas.core.frame:DataFrame"
_SERIES = "pandas:Series pandas.core.series:Series"
_OF_INDEXES = {
    "Index": "base", "RangeIndex": "range", "MultiIndex": "multi",
    "CategoricalIndex": "category", "DatetimeIndex": "datetimes",
    "TimedeltaIndex": "timedeltas", "PeriodIndex": "period", "IntervalIndex": "interval",
}  # fmt: skip
_STAMPS = {
    "Timestamp": "timestamps", "Timedelta": "timedeltas", "Period": "period",
}  # fmt: skip


def codecs() -> list[Any]:
    """Return the codecs for pandas."""
    indexes = " ".join(
        f"pandas:{name} pandas.core.indexes.{module}:{name}" for name, module in _OF_INDEXES.items()
    )
    nothings = (
        "pandas.api.typing:NaTType pandas._libs.tslibs.nattype:NaTType "
        "pandas.api.typing:NAType pandas._libs.missing:NAType"
    )
    interval = "pandas:Interval pandas._libs.interval:Interval"
    return [
        Simple("pandas.DataFrame", _FRAME, _frame_out, _frame_in),
        Simple("pandas.Series", _SERIES, _series_out, _series_in),
        Simple("pandas.Index", indexes, _index_out, _index_in),
        _scalar("Timestamp", _timestamp_out, _timestamp_in),
        _scalar("Timedelta", _timedelta_out, _timedelta_in),
        _scalar("Period", _period_out, _period_in),
        Simple("pandas.Interval", interval, _interval_out, _interval_in),
        Simple("pandas.missing", nothings, _nothing_out, _nothing_in),
    ]


def _scalar(name: str, out: Callable[[Any], Any], back: Callable[[Any], Any]) -> Simple:
    types = f"pandas:{name} pandas._libs.tslibs.{_STAMPS[name]}:{name}"
    return Simple(f"pandas.{name}", types, out, back)


def _frame_out(frame: Any) -> dict[str, Any]:
    columns = [array_out(frame.iloc[:, at].array) for at in range(frame.shape[1])]
    told = {"columns": frame.columns, "index": frame.index, "of": columns}
    return told | _besides(frame)


def _frame_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    index = told["index"]
    columns = {at: _column(one, index) for at, one in enumerate(told["of"])}
    frame = pandas.DataFrame(columns, index=index, copy=False)
    frame.columns = told["columns"]
    return _with_besides(frame, told)


def _series_out(series: Any) -> dict[str, Any]:
    told = {"name": series.name, "index": series.index, "of": array_out(series.array)}
    return told | _besides(series)


def _series_in(told: dict[str, Any]) -> Any:
    return _with_besides(_column(told["of"], told["index"], told["name"]), told)


def _column(told: dict[str, Any], index: Any, name: Any = None) -> Any:
    array = array_in(told)
    # with its dtype said, nothing is guessed from the elements
    return library("pandas").Series(array, index=index, dtype=array.dtype, name=name, copy=False)


def _besides(whole: Any) -> dict[str, Any]:
    """Return what a frame or series has besides its elements, mostly nothing."""
    besides: dict[str, Any] = {}
    if whole.attrs:
        besides["attrs"] = whole.attrs
    if not whole.flags.allows_duplicate_labels:
        besides["unique"] = True
    return besides


def _with_besides(whole: Any, told: dict[str, Any]) -> Any:
    if "attrs" in told:
        whole.attrs = told["attrs"]
    return whole.set_flags(allows_duplicate_labels=False) if "unique" in told else whole


def _index_out(index: Any) -> dict[str, Any]:
    name = type(index).__name__
    if name == "RangeIndex":
        return {"range": [index.start, index.stop, index.step], "name": index.name}
    if name == "MultiIndex":
        codes = [library("numpy").asarray(one) for one in index.codes]
        return {"levels": list(index.levels), "codes": codes, "names": list(index.names)}
    told = {"of": array_out(index.array), "name": index.name}
    if name in ("DatetimeIndex", "TimedeltaIndex") and index.freq is not None:
        told["freq"] = _freq_out(index.freq)
    return told


def _index_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    if "range" in told:
        return pandas.RangeIndex(*told["range"], name=told["name"])
    if "levels" in told:
        return pandas.MultiIndex(
            told["levels"], told["codes"], names=told["names"], verify_integrity=False
        )
    array = array_in(told["of"])
    index = pandas.Index(array, dtype=array.dtype, name=told["name"], copy=False)
    if "freq" in told:
        index.freq = told["freq"]
    return index


def _freq_out(freq: Any) -> str:
    if library("pandas.tseries.frequencies").to_offset(freq.freqstr) != freq:
        raise Unkept(f"an index with the frequency {freq!r} cannot be kept", "set `.freq = None`")
    return str(freq.freqstr)


def _timestamp_out(stamp: Any) -> list[Any]:
    naive = stamp if stamp.tz is None else stamp.tz_convert(None)
    return [naive.asm8, stamp.tz, stamp.fold]


def _timestamp_in(told: list[Any]) -> Any:
    naive, zone, fold = told
    stamp = library("pandas").Timestamp(naive)
    if zone is not None:
        return stamp.tz_localize("UTC").tz_convert(zone)  # which finds the fold again
    return stamp.replace(fold=fold) if fold else stamp


def _timedelta_out(delta: Any) -> Any:
    return delta.asm8


def _timedelta_in(told: Any) -> Any:
    return library("pandas").Timedelta(told)


def _period_out(period: Any) -> list[Any]:
    return [period.ordinal, period.freqstr]


def _period_in(told: list[Any]) -> Any:
    return library("pandas").Period(ordinal=told[0], freq=told[1])


def _interval_out(interval: Any) -> list[Any]:
    return [interval.left, interval.right, interval.closed]


def _interval_in(told: list[Any]) -> Any:
    return library("pandas").Interval(*told)


def _nothing_out(value: Any) -> str:
    return type(value).__name__


def _nothing_in(told: str) -> Any:
    pandas = library("pandas")
    return {"NaTType": pandas.NaT, "NAType": pandas.NA}[told]
