"""Published factors: tables of rows with value, unit, year, zone, basis and source, and which one fits."""
