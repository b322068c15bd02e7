"""A transfer leaves: claim, send one attempt, record what is known, schedule the next."""
