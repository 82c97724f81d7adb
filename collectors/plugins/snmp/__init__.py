"""The manual of `kind = "snmp"`: PDUs, UPSs and BMCs that answer SNMP v2c or v3 (UDP port 161), read only.

    [[sources]]
    id = "pdu-a"
    kind = "snmp"
    point = "pdu-a"
    metrics = ["power", "energy_counter"]
    host = "10.3.0.7"
    profile = "raritan_px"                # or a file of your own: { file = "my_pdu.toml" }
    community = { env = "SNMP_COMMUNITY" }
    # user = "monitor"                    # SNMP v3 instead of a community:
    # auth = "sha256"                     # md5 sha1 sha256 sha512
    # auth_password = { env = "SNMP_AUTH" }
    # priv = "aes128"                     # des aes128 aes256
    # priv_password = { env = "SNMP_PRIV" }
    # port = 161
    [sources.points]                      # point = layer, and the index within it
    "pdu-a" = "inlet"                     # every row of the layer; powers are added
    "pdu-a-7" = "outlet 7"                # one row; what lies below an index belongs to it: "inlet_phase 0" is unit 0

Without `points` the source's own point has the first layer of the profile: the device as a whole.

**Needs**: `pip install 'wattlas[snmp]'` (gufo-snmp). A read-only community or user. SNMP v2c sends its community in
clear and does not answer a wrong one.

**Layers.** Inlet, phase and outlet of one PDU contain each other. A point takes from one layer only, and nothing of two
layers is ever added; let the points of outlets have the point of the inlet as their `parent`, so that the books do not
either. A dual-corded server has an outlet on each PDU: two points, both feeding it.

**Profiles** (`profiles/*.toml`; each names its source; none was held against a device by us, so `verified = false`)

| device | profiles |
|---|---|
| PDU | apc_rpdu1 apc_rpdu2 apc_epdu bachmann chatsworth conteg cyberpower_epdu2 dell_rpdu eaton_epdu gude_epc hpe_pdu |
| PDU | liebert_mph panduit raritan_px rnx_updu schleifenbauer sentry3 sentry4 tripplite_pdu vertiv_geist |
| any unit of Rittal's CMC III | rittal_cmc3: `"pdu-1" = "variable 2.12"`, device and variable of its table |
| UPS | apc_ups liebert_ups ups_mib; apc_isx gives VA only |
| server | idrac, ilo, supermicro (power supplies, added) |
| meter | janitza_umg |
| CRAC | apc_inrow_dx: air temperatures; its cooling kW are heat, not electricity, and not read |
| anything | entity_sensor: sensors of watts by RFC 3433; each point names its sensor by index |

An own profile:

    name = "My PDU"
    source = "its MIB"
    verified = true
    [[values]]
    layer = "outlet"
    metric = "power"
    oid = "1.3.6.1.4.1.13742.6.5.4.3.1.4.1"
    suffix = "5"                          # where more numbers follow the index
    digits = "1.3.6.1.4.1.13742.6.3.5.4.1.7.1"  # column of decimal digits, where the device has one
    scale = 1.0                           # to the unit of the metric: W, kWh ...
    # prefix = "..."                      # column of the SI prefix (RFC 3433: 9 none, 10 kilo)
    # only = [{ oid = "...", of = [0] }]  # rows count where that column has one of these values: banks and totals out
    # repeats = true                      # rows that may each say the whole (power supplies): equal ones are doubted
    # apart = true                        # rows that nobody may add: each point names one
    # unit = "..."                        # columns of texts that tell each row's unit ("kWh") ...
    # factor = "..."                      # ... and factor ("-10" divides by ten); rows of another unit are none
    # load = "..."                        # column of percent: 1 W at 27 % is no W
    # walked = false                      # thousands of rows: points name each by its whole index

**What becomes of what an agent says**

| the agent says | the reading |
|---|---|
| a number | that number by its scale and its column of digits |
| a text with a unit, "2287 W" or "2.3 kW" | that quantity; a unit of another kind: none |
| a float or double in an Opaque (Net-SNMP) | that number |
| 1 W at a load of 27 % (Huawei's UPS2000 by `ups_mib` sends kW) | quarantined: no UPS is built for less than 100 W |
| -1, 2147483647, 4294967295, no such instance, a text | none |
| 32767 or 65535 of a power, before any scale | none: a register of 16 bits without a value |
| a total or a bank beside the phases that it holds (Eaton, CyberPower, RNX) | left out by the column that tells which |
| every power supply the same watts (iLO, Supermicro) | quarantined: shares of a sum, or one total repeated |
| a register of energy at 0 (a device that keeps none) | none |
| a row found by walking that is silent now | none, and no sum of its layer |
| several registers for one point | none: give each its point |
| a negative number | as it is: the judge refuses it |

Rows are found by walking at the first poll, once a day, and, within the same poll, when the device started anew, and a
quarter of an hour after such a start: linked units show up late. A row that a walk misses counts as gone, and leaves
its layer a sum, after a quarter of an hour; while one is gone, rows are walked each quarter of an hour. One request is
in flight, of 15 objects at most, by halves where an agent refuses that many; an unanswered one is sent once more after
2 s.

**Traps.** APC counts hundredths of kW and tenths of kWh; Dell's phases and outlets differ by ten; Janitza's energy is
not read, for nobody knows its unit; Rittal's, Schleifenbauer's and Conteg's units have a second register that can be
set back by hand, which is not read. VA are never watts.

**Errors**: no answer, or one without any value: `SourceUnreachable`. A user of v3 that is refused, a layer or index
that the device has not: `SourceRefused`.

Standards: RFC 3416 (v2c), RFC 3414 (v3 users), RFC 1628 (UPS-MIB).
"""

from __future__ import annotations

from collectors.plugins.snmp.collector import Snmp

__all__ = ["Snmp"]
