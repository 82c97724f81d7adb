"""Measures of the plan, composed: the abatement curve on measured loads, and what was really saved."""
