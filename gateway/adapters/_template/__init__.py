"""An example agency: what ``lienthong agency new`` copies."""
