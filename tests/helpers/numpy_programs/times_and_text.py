"""Programs of dates and text."""

from __future__ import annotations

import numpy as np

from tests.helpers.numpy_programs.cases import dates, texts


# Dates
@dates
def date_parts(d):
    years = d.astype("datetime64[Y]").astype(int) + 1970
    months = d.astype("datetime64[M]").astype(int) % 12 + 1
    days = (d - d.astype("datetime64[M]")).astype(int) + 1
    return years, months, days


@dates
def day_of_week(d):
    dow = (d.astype("datetime64[D]").view("int64") - 4) % 7
    return dow, dow >= 5


@dates
def days_since(d):
    ref = np.datetime64("2020-01-01")
    return (
        (d - ref) / np.timedelta64(1, "D"),
        (d > ref),
        (d - ref).astype("timedelta64[D]").astype(float),
    )


@dates
def cyclic_month(d):
    m = d.astype("datetime64[M]").astype(int) % 12
    return np.sin(2 * np.pi * m / 12)


# Text
@texts
def text_lengths(s):
    return np.char.str_len(s), np.char.startswith(s, "a"), np.strings.find(s, "an")


@texts
def text_normalize(s):
    return np.char.lower(np.char.strip(s))


@texts
def text_title(s):
    return np.char.capitalize(s), np.char.title(s), np.char.upper(s), np.char.swapcase(s)


@texts
def text_replace(s):
    return np.char.replace(s, "an", "AN"), np.strings.replace(s, "b", "")


@texts
def text_category(s):
    known = np.array(["apple", "banana", "cherry"])
    return (s[:, None] == known).astype(float), np.isin(s, known)


@texts
def text_lookup(s):
    keys = np.array(["apple", "banana", "cherry"])
    idx = np.clip(np.searchsorted(keys, s), 0, 2)
    return np.where(keys[idx] == s, idx, -1)


@texts
def text_add(s):
    return np.char.add("id_", s), np.char.add(s, "_x"), np.char.isdigit(s), np.char.count(s, "a")
