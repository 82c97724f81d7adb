"""The plan: targets against the books, forecasts, measures, milestones and verified savings."""
