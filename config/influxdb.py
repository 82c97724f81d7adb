"""Keys of `[store]` that stand with kind = "influxdb": where the server is, who we are there, and how much may wait."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 - pydantic needs the class
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from config.reading.fields import Positive, Table, Whole
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # it stands unescaped in statements that create databases
Bucket = Annotated[str, Field(min_length=1, max_length=64)]


class InfluxKeys(Table):
    """The server store of `[store]`; every key but `url` has a default or may be left out."""

    url: str | None = Field(default=None, examples=["http://127.0.0.1:8086"])
    flavor: Literal["auto", "v1", "v2"] = "auto"
    org: str = Field(default="-", min_length=1)
    token: Secret | None = None
    user: str | None = Field(default=None, min_length=1)
    password: Secret | None = None
    bucket_raw: Bucket = "energy_raw"
    bucket_hourly: Bucket = "energy_hourly"
    ca_file: Path | None = None
    connect_timeout_s: Positive = 3.0
    timeout_s: Positive = 10.0
    query_window_h: Whole = Field(default=48, ge=1, le=24 * 366)
    spool_max_gb: Positive = 20.0

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = "must begin with http:// or https:// and name a host, for example https://influx.example.org:8086"
            raise ValueError(msg)
        if parts.username or parts.password:
            msg = "must not hold a user or password: write user and password = { env = ... } beside it"
            raise ValueError(msg)
        if parts.query or parts.fragment:
            msg = "must end with the path: leave out what begins with ? or #"
            raise ValueError(msg)
        return url.rstrip("/")

    @field_validator("bucket_raw", "bucket_hourly")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not BUCKET.fullmatch(name):
            msg = "may hold letters, digits, '.', '_' and '-' only and begins with a letter or digit: rename it"
            raise ValueError(msg)
        return name

    @model_validator(mode="after")
    def _they_fit(self) -> Self:
        if (self.user is None) != (self.password is None):
            msg = "user and password stand together: write both, or neither"
        elif self.user is not None and self.token is not None:
            msg = "token and user are two ways to log in: leave one out"
        elif self.user is not None and ":" in self.user:
            msg = "user cannot hold a colon: choose another user name"
        elif self.bucket_raw == self.bucket_hourly:
            msg = "bucket_raw and bucket_hourly must differ, for readings expire and hours do not: rename one"
        else:
            return self
        raise ValueError(msg)
