"""The manual of `kind = "mqtt"`: meters, sockets and gateways that publish JSON or bare numbers to an MQTT broker.

    [[sources]]
    id = "hall-broker"
    kind = "mqtt"
    point = "hall-1"                          # where topics name no point of their own
    host = "10.5.0.2"
    interval_s = 60                           # how often publishers send, and how often what came is taken in
    # port = 1883                             # 8883 with TLS
    # tls = true                              # with ca = { file = "authority.pem" } where the system does not know it
    # user = "reader"                         # with password = { env = "MQTT_PASSWORD" }
    metrics = ["power", "energy_counter"]
    [[sources.topics]]
    topic = "tele/{point}/SENSOR"             # this level of the topic is the point; + and # are wildcards as in MQTT
    values = { power = { path = "ENERGY.Power", unit = "W" }, energy_counter = { path = "ENERGY.Total", unit = "kWh" } }
    # time = "Time"                           # where a message says when it was measured
    [[sources.topics]]
    topic = "hall/1/feed"
    point = "hall-1"
    values = { power = { unit = "kW" } }      # without a path the message is the number itself

A path leads through JSON by names and positions: `ENERGY.Power`, `phases.0.watts`.

**Needs**: `pip install 'wattlas[mqtt]'` (aiomqtt). A user who may subscribe to these topics; nothing is published.

**What becomes of what is published**

| the broker sends | the reading |
|---|---|
| a live message | its values in the metrics' units, at the second of arrival |
| a retained message | none: nobody knows how old it is; the next live one counts |
| a number as text, "231.5" | that number |
| null, true, NaN, "unavailable", no such path | none |
| a message that is no JSON | none; where every message of a poll is such: refused as unreadable |
| a `time` more than 5 minutes and three intervals ago | rejected: a gateway repeats what it had |
| a register at 0 | none, as of every register |
| a point that the site file does not know | rejected by the judge, and told |
| one metric of one point from two topics | refused: they are never mixed |

The connection stays open between polls. If it breaks, the next poll opens another; what was published meanwhile is
missing, unless the gateway repeats it with `time`, which is kept and never used as the reading's time. A poll that
opens a connection waits for the first live message as long as `deadline_s` lets it.

**Errors**: no answer, a lost connection: `SourceUnreachable`. A login, a certificate or a topic that the broker
refuses: `SourceRefused`. Payloads without any sense, more than 100,000 messages or 64 MiB of them between two polls:
`PayloadUnreadable`.

**Trap**: who may publish below a pattern with `{point}` speaks for every point that no source of the site file names.
Let the broker give each publisher its own topics. What is published for a point that another source reads, or that
somebody else gives already, goes to quarantine with its reason.

Standard: MQTT 3.1.1 (OASIS), quality of service 0. Sparkplug B is `kind = "sparkplug"`.
"""

from __future__ import annotations

from collectors.plugins.mqtt.collector import Mqtt

__all__ = ["Mqtt"]
