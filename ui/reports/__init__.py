"""Reports: the figures of a closed period, checked, signed by people, sealed with their evidence (design 4.9)."""
