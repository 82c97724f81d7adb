"""Records that people enter: in, checked, approved, withdrawn."""
