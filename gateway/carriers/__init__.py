"""How bytes travel; shared by adapters, knows no agency."""
