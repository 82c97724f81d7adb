"""One table for each setting that takes a secret, and a server that gives back whatever it is told.

A new secret setting has to be planted here: `test_planted_secrets.py` holds them against all fields of the code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields, is_dataclass
from inspect import get_annotations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collectors.forward.central import Central
from collectors.jobs.sources.known import KINDS as JOB_KINDS
from collectors.registry import collector_class
from config.alerts.alerting import Channel
from config.influxdb import InfluxKeys
from config.secrets import Secret
from config.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[3]
FLOORS: Final = ("config", "collectors", "analytics", "ui")
PLAIN, AWKWARD = "pl4nted-Secret", "pl4nted\nSecret-\u5bc6"  # the second fits into no header and no line
TRACES: Final = ("pl4nted", "\u5bc6")


def key() -> dict[str, str]:
    """Where the planted secret stands."""
    return {"env": "WATTLAS_PLANTED"}


Table = dict[str, Any]
ROLE = {"role": "viewer", "everyone": True}
TOPIC = {"topic": "open/{point}/power", "values": {"power": {"path": "w", "unit": "kW"}}}
SPARKPLUG = {"group": "g", "values": [{"node": "n", "name": "P", "unit": "W"}]}
OID = {"profile": "apc_rpdu2"}

SOURCES: Final[dict[str, tuple[Callable[[str], Table], ...]]] = {
    "cloudwatch": (
        lambda url: {
            "region": "us-east-1",
            "endpoint": url,
            "access_key": key(),
            "secret_key": key(),
            "session_token": key(),
        },
    ),
    "eia": (lambda url: {"url": url, "respondent": "ERCO", "api_key": key()},),
    "electricity_maps": (lambda url: {"url": url, "zone": "DE", "scope": "direct", "api_key": key()},),
    "entsoe": (lambda url: {"url": url, "area": "10Y1001A1001A82H", "api_key": key()},),
    "ipmi": (lambda _: {"host": "127.0.0.1", "port": 9, "user": "u", "password": key()},),
    "mqtt": (lambda _: {"host": "127.0.0.1", "port": 9, "user": "u", "password": key(), "topics": [TOPIC]},),
    "open_meteo": (lambda url: {"url": url, "latitude": 50.1, "longitude": 8.7, "api_key": key()},),
    "prometheus": (
        lambda url: {"url": url, "mapping": "dcgm", "user": "u", "password": key()},
        lambda url: {"url": url, "mapping": "dcgm", "token": key()},
    ),
    "redfish": (
        lambda url: {"url": url, "user": "u", "password": key()},
        lambda url: {"url": url, "user": "u", "password": key(), "auth": "basic"},
    ),
    "sparkplug": (lambda _: {"host": "127.0.0.1", "port": 9, "user": "u", "password": key(), **SPARKPLUG},),
    "snmp": (
        lambda _: {"host": "127.0.0.1", "port": 9, "community": key(), **OID},
        lambda _: {
            "host": "127.0.0.1",
            "port": 9,
            "user": "u",
            "auth_password": key(),
            "priv_password": key(),
            "auth": "sha256",
            "priv": "aes128",
            **OID,
        },
    ),
    "watttime": (
        lambda url: {"url": url, "region": "CAISO_NORTH", "signal": "co2_moer", "user": "u", "password": key()},
    ),
}
JOB_SOURCES: Final[dict[str, Callable[[str], Table]]] = {
    "kubernetes": lambda url: {"kind": "kubernetes", "url": url, "token": key()},
    "openstack": lambda url: {"kind": "openstack", "url": url, "credential": "c", "secret": key()},
}
CHANNELS: Final[tuple[Callable[[str], Table], ...]] = (
    lambda _: {"id": "a", "kind": "apprise", "url": key()},
    lambda url: {"id": "w", "kind": "webhook", "address": url, "secret": key()},
)
STORES: Final[tuple[Callable[[str], Table], ...]] = (
    lambda url: {"url": url, "flavor": "v2", "token": key()},
    lambda url: {"url": url, "flavor": "v1", "user": "u", "password": key()},
)


@dataclass(frozen=True)
class Planted:
    """One object that holds planted secrets; `asks` where it speaks HTTP, and so can hear its own words again."""

    name: str
    made: Any
    asks: bool = True


def sources(url: str) -> Iterator[Planted]:
    """Every kind of source with its secrets."""
    common = {"id": "s", "point": "fra1/p", "interval_s": 900.0, "deadline_s": 2.0}
    for kind, tables in SOURCES.items():
        for number, table in enumerate(tables):
            made = collector_class(kind).model_validate({**common, "kind": kind, **table(url)})
            yield Planted(f"{kind}-{number}", made, asks="host" not in table(url))


def everything(url: str) -> Iterator[Planted]:
    """Every object of the program that holds a secret."""
    yield from sources(url)
    for kind, table in JOB_SOURCES.items():
        yield Planted(kind, JOB_KINDS[kind].model_validate(table(url)))
    for number, one in enumerate(CHANNELS):
        yield Planted(f"channel-{number}", Channel.model_validate(one(url)))
    for number, one in enumerate(STORES):
        yield Planted(f"store-{number}", InfluxKeys.model_validate(one(url)))
    yield Planted("forward", Central(url, Secret.model_validate(key())))
    sign_in = {"issuer": url, "client_id": "w", "client_secret": key(), "url": url, "roles": [ROLE]}
    yield Planted("sign_in", SignIn.model_validate(sign_in), asks=False)


def planted_fields(one: Planted) -> set[str]:
    """`Class.field` of each secret that an object holds."""
    made, kind = one.made, type(one.made)
    names = [each.name for each in fields(made)] if is_dataclass(made) else list(kind.model_fields)
    return {f"{_declaring(kind, name)}.{name}" for name in names if isinstance(getattr(made, name), Secret)}


def _declaring(kind: type, field: str) -> str:
    """The class in which a field is written: several sources share that of their broker."""
    return next(each for each in kind.__mro__ if field in get_annotations(each)).__name__


def secret_fields() -> set[str]:
    """`Class.field` of each field in the code whose annotation names a secret."""
    texts = (path.read_text(encoding="utf-8") for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
    trees = (ast.parse(text) for text in texts if "Secret" in text)
    classes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return {f"{found.name}.{name}" for found in classes for name in _secrets_of(found)}


def _secrets_of(found: ast.ClassDef) -> Iterator[str]:
    for each in found.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            names = {node.id for node in ast.walk(each.annotation) if isinstance(node, ast.Name)}
            if names & {"Secret", "SecretStr", "SecretBytes"}:
                yield each.target.id
