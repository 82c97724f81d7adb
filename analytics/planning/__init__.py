"""Planning: ways to get compute compared by time, cost, energy, carbon and water; what is not known is drawn."""
