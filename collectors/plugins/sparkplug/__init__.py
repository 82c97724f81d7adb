"""The manual of `kind = "sparkplug"`: meters behind edge nodes that publish Sparkplug B to an MQTT broker.

    [[sources]]
    id = "plant"
    kind = "sparkplug"
    point = "ups-a"
    host = "10.5.0.2"
    group = "plant-1"                         # the group of the edge nodes
    interval_s = 60                           # how often nodes publish, and how often what came is taken in
    # port, tls, ca, user, password           # as of kind = "mqtt"
    # rebirth = true                          # may ask nodes for their births; it publishes a command
    metrics = ["power"]
    [[sources.values]]
    node = "edge-1"
    device = "meter-7"                        # left out: the node's own metric
    name = "Power/Active"
    point = "ups-a"
    metric = "power"
    unit = "kW"

**Needs**: `pip install 'wattlas[mqtt]'` (aiomqtt). A user who may subscribe to `spBv1.0/<group>/#`; with `rebirth`
one who may publish to `spBv1.0/<group>/NCMD/#`, too.

**What becomes of what is published**

| the broker sends | the reading |
|---|---|
| NDATA, DDATA, NBIRTH, DBIRTH with a value | that value in the metric's unit, at the second of arrival |
| an alias | the name that the birth of its node or device gave it |
| an alias after a gap of `seq`, or of a birth before our time | none until the next birth, and told |
| NDEATH, DDEATH | none until the next birth: never the last value; a node that speaks on is told |
| a death of another session (`bdSeq`), which comes late | nothing: the node lives |
| null, a text, a `Quality` other than 192 (good) | none |
| `is_historical`, or a time of its own over 5 minutes and three intervals ago | rejected: of a time gone by |
| a retained message | none |
| bytes that are no Sparkplug B | none, told with their number; the others count |
| a register at 0 | none, as of every register |

After a gap an alias names nothing, for a birth may have been in it that gave the alias to another name.

**Rebirth.** A node publishes its births when it starts. A collector that comes later knows no alias until it is asked
to publish them again, which is a command to a device (`Node Control/Rebirth`). We only read, so this is off: with
`rebirth = true` it is sent, once a minute at most, to nodes whose aliases are unknown.

**Trap**: nodes publish what changed ("report by exception"). A power that stands still is silence, and silence is
missing: let nodes publish at least each `interval_s`, or read a register.

The time of a metric is the device's: kept and never used. **Errors** are those of `mqtt`.

Standard: Eclipse Sparkplug 3.0 (payload B), protobuf read by a parser of our own.
"""

from __future__ import annotations

from collectors.plugins.sparkplug.collector import Sparkplug

__all__ = ["Sparkplug"]
