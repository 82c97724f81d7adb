"""Bills and usage exports: rows of FOCUS, CUR or our own form to lines of usage; what a row means stands in `forms`."""
