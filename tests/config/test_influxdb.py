"""The keys of a server store: each mistake is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '[company]\nname = "A"\ncurrency = "EUR"\n'
TAIL = '[[sites]]\nid = "s"\nname = "S"\nzone = "DE"\ntime_zone = "UTC"\ncurrency = "EUR"\n'
URL = 'url = "http://h:8086"\n'


def written(folder: Path, keys: str) -> Path:
    path = folder / "wattlas.toml"
    path.write_text(f'{HEAD}[store]\nkind = "influxdb"\n{keys}\n{TAIL}')
    return path


def test_a_url_is_enough(tmp_path: Path) -> None:
    store = load_settings(written(tmp_path, 'url = "http://h:8086/"')).store
    assert (store.url, store.flavor, store.bucket_raw, store.query_window_h) == (
        "http://h:8086",
        "auto",
        "energy_raw",
        48,
    )


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("", 'url is missing: kind = "influxdb" needs one'),
        ('url = "influx:8086"', "key url must begin with http:// or https://"),
        ('url = "http://boss:geheim@h"', "key url must not hold a user or password"),
        ('url = "http://h/?db=x"', "key url must end with the path"),
        (URL + 'token = "abc"', "key token must not stand in the file"),
        (URL + 'user = "boss"', "user and password stand together"),
        (URL + 'user = "b"\npassword = { env = "P" }\ntoken = { env = "T" }', "token and user are two ways to log in"),
        (URL + 'user = "a:b"\npassword = { env = "P" }', "user cannot hold a colon"),
        (URL + 'bucket_raw = "a b"', "key bucket_raw may hold letters"),
        (URL + 'bucket_raw = "x"\nbucket_hourly = "x"', "must differ"),
        (URL + 'flavor = "v3"', 'key flavor cannot be "v3"'),
        (URL + "timeout_s = 0", "key timeout_s must be above 0"),
        (URL + "spool_max_gb = -1", "key spool_max_gb must be above 0"),
        (URL + "query_window_h = 0", "key query_window_h must be 1 or more"),
        (URL + 'tokne = { env = "T" }', "key tokne is not known"),
    ],
)
def test_each_mistake_is_one_sentence(tmp_path: Path, keys: str, words: str) -> None:
    with pytest.raises(ConfigError) as failed:
        load_settings(written(tmp_path, keys))
    (sentence,) = str(failed.value).splitlines()
    assert sentence.startswith("wattlas.toml [store]")
    assert words in sentence
    assert "geheim" not in sentence
