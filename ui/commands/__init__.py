"""One module per command, holding a typer `app`; heavy libraries are imported inside the functions that need them."""
