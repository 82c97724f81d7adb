"""The manual of `kind = "redfish"`: what a server, PDU or outlet draws, asked of its Redfish service (HTTPS).

    [[sources]]
    id = "bmc-1"
    kind = "redfish"
    point = "srv-1"
    metrics = ["energy_counter", "power"]   # where the device keeps a register; else leave it out
    url = "https://10.1.1.1"
    user = "monitor"
    password = { env = "BMC_PASSWORD" }
    # fingerprint = "sha256:5f3a..."  the certificate itself, where nobody known has signed it (the usual case)
    # ca = { file = "company-ca.pem" }  or who has
    # auth = "session"                or "basic": no session, but many BMCs log a line for each request
    # resource = "/redfish/v1/Chassis/1"  where several chassis give power
    # sensors = []                    ids of the sensors that are the whole, where it cannot be told
    # interval_s = 60.0               at least 5
    # deadline_s = 10.0               the first poll walks through the service: up to 30 where it is slow

    [[sources]]                       # a PDU: its inlet and some outlets, each with a point of its own
    id = "pdu-1"
    kind = "redfish"
    point = "fra1/pdu-1"
    url = "https://10.1.2.1"
    [sources.points]                  # full id = resource
    "fra1/pdu-1" = "/redfish/v1/PowerEquipment/RackPDUs/1"
    "fra1/srv-1-a" = "/redfish/v1/PowerEquipment/RackPDUs/1/Outlets/OUTLET1"

    [[points]]                        # points beside the source's own declare their intervals themselves
    id = "fra1/srv-1-a"
    role = "feed"
    interval_s = { energy_counter = 60, power = 60 }

**Needs**: `pip install 'wattlas[redfish]'` (aiohttp). On the device: a user with the role ReadOnly.
With `http://` user and password go in the clear; that is for a laboratory.

**Read**, the first that gives a value, found at the first poll and kept while Wattlas runs

| of a chassis | what | as |
|---|---|---|
| EnvironmentMetrics | `PowerWatts`, `EnergykWh`, else `EnergyJoules` | `power`, `energy_counter` |
| Metrics (of PDUs and other power equipment) | the same | the same |
| Sensors | the power and the energy sensor of the chassis as a whole | the same |
| Power (deprecated) | the first PowerControl that is no part, else the inputs of all supplies | `power` |
| PowerSubsystem | inputs and registers of all supplies, added | the same |
| an outlet, circuit or main itself | `PowerWatts`, `EnergykWh` | the same |

**What becomes of what a device says**

| the device says | the reading |
|---|---|
| null, text that is no number, nothing | none; at the first poll, and after five, the next resource is tried |
| another unit in `ReadingUnits` | the value by that unit; of another kind (VA): none |
| "412", "412 W" or "0.412 kW" | 412 W; "412 VA": none |
| 0 W and PowerState Off | 0 W with `off`: a measured zero |
| 0 W and On, or unknown | 0 W as it is: the judge refuses it (Supermicro X10, for one) |
| little power and PowerState Off | that value with `off`: standby, however low the point's `min_w` |
| a register at 0 | none: the device does not keep it, and books that believed it would show no energy |
| several PowerControl entries | the first that is no CPU, GPU or memory, even where it is null; never added |
| every supply repeats the chassis total | where there is a total the supplies are not looked at (HPE XL675d: 4.0 x) |
| no total, and all supplies say the same | quarantined: shares of a sum cannot be told from one total, repeated |
| one supply of several silent, or without metrics | no sum, never a part of one |
| a supply that is put in later | counts within the hour |
| a collection in pages (`Members@odata.nextLink`) | all of them; nothing where a page is missing |
| a member of a collection listed twice | one, counted once; pages that lead in a circle: nothing |
| several chassis, one at 0 W | refused: a host that is off may be the one that is meant |
| another sensor at the number of the whole (new firmware) | looked for again within the same poll |
| GPU, CPU, regulator sensors | parts of the whole: never added (Cray EX: name the node's input in `sensors`) |
| averages, minima, maxima | not read: they lag by half their window of up to 57 days |
| `IntervalInMin` 0 (Gigabyte: now 100, average 46, maximum 736) | a window unknown, but of none that is read |
| `Date` of the answer | `device_time`: kept, never used |

`IntervalInMin` is the window of `PowerMetrics` alone: `PowerConsumedWatts` beside it is by its schema the actual power
and stays measured whatever that window is. So it is with `AveragingInterval` of a sensor and its `AverageReading`.

PowerState is asked only when the power is below half of the highest seen, so a poll mostly costs one request.
Power of a BMC is typically good to 5 % (unverified; declare `accuracy_pct` on the point).

**Sessions**: services have 4 to 16. One is kept open and deleted at the end; one that the device ended for idleness
(401, 403, its login page) is opened anew within the same poll. A device gets one request at a time; all devices share
one pool of connections. A redirect is followed within the service alone.

**Errors**: wrong account, a certificate that is not the pinned one or not trusted, no such resource, several that could
be meant: `SourceRefused`. Silence, HTTP 5xx, no free session: `SourceUnreachable`; of several points only the silent
one is missing. What is no JSON: `PayloadUnreadable`.

Standards: DSP0266 (protocol), DSP0268 (EnvironmentMetrics, Sensor, Power, PowerSubsystem, PowerDistribution, Outlet).
"""

from __future__ import annotations

from collectors.plugins.redfish.collector import Redfish

__all__ = ["Redfish"]
