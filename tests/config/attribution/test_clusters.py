"""Clusters of a site file: nodes are points, and every slip is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.attribution.clusters import Cluster
from config.errors import ConfigError, InputError
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from config.site import Settings

HEAD = """
[company]
name = "Small"
currency = "EUR"
[[sites]]
id = "s"
name = "Small site"
zone = "US"
time_zone = "Europe/Berlin"
"""
POINTS = "".join(f'[[points]]\nid = "s/{name}"\nrole = "server"\n' for name in ("n1", "n2", "n1-gpu-0", "n2-gpu-0"))
NODES = '[[clusters.nodes]]\nhosts = "n[1-2]"\ngpu = "{host}-gpu-{n}"\ncpus = 8\ngpus = 1\nidle_w = 90.0\n'
CLUSTER = f'[[clusters]]\nid = "a"\nsite = "s"\ntenants = {{ vision = "research" }}\n{NODES}'


def settings(folder: Path, text: str) -> Settings:
    (folder / "wattlas.toml").write_text(HEAD + POINTS + text)
    return load_settings(folder / "wattlas.toml")


def test_nodes_are_points(tmp_path: Path) -> None:
    cluster = settings(tmp_path, CLUSTER).cluster("a")
    node = cluster.node("n2.example.org")
    assert (node.point, node.gpu_points, node.idle_w) == ("s/n2", ("s/n2-gpu-0",), 90.0)
    assert (cluster.idle, cluster.tenant("vision"), cluster.tenant("x")) == ("reservation", "research", "x")
    with pytest.raises(InputError, match="no node of cluster a"):
        cluster.node("login")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('site = "s"', 'site = "t"', 'key site names "t", which is no site'),
        ("n[1-2]", "n[1-3]", "its nodes are s/n3, s/n3-gpu-0, which are no points"),
        ("n[1-2]", "n[1-2", "bracket"),
        ("{host}-gpu", "n1-gpu", "a node or GPU twice"),
        ('gpu = "{host}-gpu-{n}"', 'point = "n1"', 'point must hold "{host}"'),
        ("gpus = 1", "gpus = 0", "gpu needs gpus"),
        ('site = "s"\n', 'site = "s"\ntime_zone = "Mars"\n', "IANA"),
        ('site = "s"\n', 'site = "s"\nidle = "fair"\n', 'key idle cannot be "fair"'),
        (
            CLUSTER,
            f'{CLUSTER}[clusters.source]\nkind = "kubernetes"\ntoken = "abc"\n',
            "token must not stand in the",
        ),
        (CLUSTER, CLUSTER + '[[clusters.nodes]]\nhosts = "n1"\ncpus = 4\n', "s/n1 is a node or GPU twice"),
        (CLUSTER, CLUSTER + CLUSTER, "stands twice"),
        (CLUSTER, CLUSTER + CLUSTER.replace('"a"', '"b"'), "a node or GPU twice"),
    ],
)
def test_mistakes_are_sentences(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        settings(tmp_path, CLUSTER.replace(old, new))
    assert words in str(error.value)


def test_an_unknown_cluster_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[\[clusters\]\]"):
        settings(tmp_path, "").cluster("a")
    with pytest.raises(InputError, match="use one of a"):
        settings(tmp_path, CLUSTER).cluster("zz")


def test_a_zone_of_its_own() -> None:
    table = {"id": "a", "site": "s", "time_zone": "UTC", "nodes": [{"hosts": "n", "cpus": 1}]}
    assert Cluster.model_validate(table).time_zone == "UTC"


MODEL = '[[models]]\nid = "llm"\ncounters = ["s/n1"]\n'


def test_models_name_their_counters(tmp_path: Path) -> None:
    (model,) = settings(tmp_path, MODEL).models
    assert (model.id, model.counters) == ("llm", ("s/n1",))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("s/n1", "s/n9", 'counters names "s/n9", which is no point'),
        ("counters", "counter", 'did you mean "counters"'),
        ('counters = ["s/n1"]\n', "", "says nothing"),
        ('"s/n1"]', '"s/n1"]\npoints = ["s/n8"]', 'key points names "s/n8"'),
        (MODEL, MODEL + MODEL, "stands twice"),
        (MODEL, MODEL + MODEL.replace("llm", "other"), "s/n1 counts twice"),
    ],
)
def test_mistakes_of_models(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        settings(tmp_path, MODEL.replace(old, new))
    assert words in str(error.value)
