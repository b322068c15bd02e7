"""The outer process: passes to the core what its table names, and answers the rest itself."""
