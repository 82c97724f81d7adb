"""InfluxDB 1.6 to 3.x as the archive of readings, behind the same spool and the same books (design 3).

client      one connection: ready bytes in, answers out, every failure as one sentence
lines       readings as line protocol; hourly cuts hours of the ledger for the second bucket
journal     what is known on our side of the wire: batch shipped, spans touched, lines refused, last failure
delivery    one flush: cut into requests, refused ones bisected; shipper moves the spool batch by batch
query       InfluxQL with bound values, two time bounds and slices; archive reads readings as the lake does
mark        whether the server still has what the books were made from; letters sends refused lines again
bootstrap   creates and proves the buckets; migrate brings a lake over
"""
