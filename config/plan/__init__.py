"""Targets, measures and what a plan rests on."""
