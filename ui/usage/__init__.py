"""Bought compute through any door: bills become estimated energy of points, told with the coefficients they rest on."""
