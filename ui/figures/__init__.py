"""Figures of a site, a company or a period: books, records and factors go into `analytics`, figures come out."""
