"""The manual of `kind = "ipmi"`: what a server draws, asked of its BMC by IPMI over LAN (RMCP+, UDP port 623).

    [[sources]]
    id = "bmc-1"
    kind = "ipmi"
    point = "srv-1"
    host = "10.1.1.1"
    user = "monitor"
    password = { env = "BMC_PASSWORD" }
    # port = 623
    # interval_s = 60.0      at least 5; a BMC is a small computer, and sensors are better left 30
    # deadline_s = 10.0
    # suite = "auto"         17 (HMAC-SHA256) first, then 3 (HMAC-SHA1); or 17 or 3 alone; 0 is never spoken
    # privilege = "auto"     "user", and "administrator" only where the BMC forbids power to users; or one of them alone
    # prefer = "dcmi"        or "sdr": watt sensors even where DCMI exists
    # sensors = []           names of the watt sensors whose sum is the server, where it has several

**Devices**: any BMC with IPMI 2.0 (iDRAC, iLO, XCC, iRMC, Supermicro, OpenBMC ...). On the BMC: enable IPMI over LAN
and cipher suite 17 or 3, and make a user with the privilege USER over LAN. The password is at most 20 bytes. Keep BMCs
in a network of their own: IPMI gives anyone who may log in as a known user a hash of that user's password.

**Read**: DCMI Get Power Reading, mode 1 (the present watts of the whole system) and the chassis state, as one reading
of metric `power`. Whether a BMC has DCMI is asked once and kept while Wattlas runs, because on some
servers DCMI and the sensor differ by 10 W. Without DCMI the watt sensors of its SDR repository are read: the only one,
or those named in `sensors`, added. Which of several sensors make up the server is never guessed; after a change of
firmware they are looked for again, by name.

**What becomes of what a BMC says**

| the BMC says | the reading |
|---|---|
| watts | that value, measured |
| 0 W and chassis off | 0 W with `off`: a measured zero |
| 0 W and chassis on, or unknown | 0 W as it is: the judge refuses it (OpenBMC without a total power path, for one) |
| 65535 or 32767 W | that value: the judge refuses it as a sentinel |
| watts, but "power measurement deactivated" | that value, measured: OpenBMC leaves this bit clear beside good numbers |
| average, minimum, maximum | not read: their window may be the server's whole life |
| a time stamp | `device_time` where it is a date (many BMCs count from their own start); kept, never used |
| for 5 polls the same, its time stamp too, which moved with each of 10 before, and on | rejected: it repeats itself |
| no value and chassis off | no reading |
| no value and chassis on, one of several sensors included | an error: no partial sum, never the last value |

The present watts are an average over the BMC's own window, mostly one second. A sensor has 8 bits: steps of 16 W are
common on a server of 4 kW. BMC power is typically good to 5 % (unverified; declare `accuracy_pct` on the point).
In blade and multi-node chassis DCMI may mean the node or the whole chassis: `wattlas audit` names siblings that say
the same.

**Sessions**: BMCs have four or five. One is kept open, by polls and between them by a Get Device ID every 20 s, and
closed at the end. A session that the BMC forgot is noticed after half the deadline and renewed within the same poll.

**Errors**: wrong user, password, privilege or suite, and a server without any power reading: `SourceRefused`. Silence,
a BMC that stays busy or has no free session: `SourceUnreachable`. Something that is not IPMI, or replies that
contradict the standard: `PayloadUnreadable`.

Standards: IPMI v2.0 rev. 1.1, DCMI 1.5. Own code, for a BMC poll must cost a tenth of a millisecond and no thread.
"""

from __future__ import annotations

from collectors.plugins.ipmi.collector import Ipmi

__all__ = ["Ipmi"]
