"""Floor 1: what was measured. Sources, the runner, the scheduler wrapper and every store."""
