"""Bulk readings from files: CSV (long or wide), Parquet and InfluxDB line protocol, by a mapping that can be saved."""
