"""Readings that others post: understood and checked as a whole, judged as any reading, spooled before the answer."""
