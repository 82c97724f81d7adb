"""`[server]` of the site file: under which names the HTTP doors answer, and how much one caller may ask of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.reading.fields import Positive, Table, Whole

HostName = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9.:\[\]_-]+$")]


class Server(Table):
    """Limits and names of the HTTP server; loopback names are always answered."""

    hosts: tuple[HostName, ...] = ()  # names and addresses in a request's Host header, without port
    body_mb: Annotated[Whole, Field(ge=1, le=64)] = 8  # of one request, and of what it unpacks to
    requests_per_minute: Positive = 600.0  # of one token
    burst: Annotated[Whole, Field(ge=1)] = 60  # at once
