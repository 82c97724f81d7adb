"""Who used it: figures by tenant, team, user, model, job or cluster."""
