"""The books: which readings become which ledger rows, when, and what is kept."""
