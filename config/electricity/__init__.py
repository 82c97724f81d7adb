"""Contracts for green electricity and what electricity costs."""
