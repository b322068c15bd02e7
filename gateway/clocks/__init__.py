"""Wall and mono clocks: the real one, and a virtual one that steps from timer to timer."""
