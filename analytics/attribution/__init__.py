"""Who used it: energy of nodes and GPUs to jobs, pods, tenants and models, in every interval of the ledger.

A node's energy is its GPUs' where counters see these, and the rest. Of each part the power that it draws idle is
shared by a rule (`split`), what is above that by use. What nobody reserved stays visible as `unallocated`; the shares
of every node in every interval add up to one, and so do those of the site.
"""
