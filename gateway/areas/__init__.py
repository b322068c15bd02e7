"""The national list of provinces and communes before and after 1 July 2025, as it ships."""
