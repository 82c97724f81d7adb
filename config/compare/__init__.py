"""Compare and supply files, the product's table of devices, and templates of both."""
