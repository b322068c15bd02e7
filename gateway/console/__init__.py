"""Entry point: three pages for the people who see that nothing stands still."""
