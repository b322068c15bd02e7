"""What things are: plain values and pure rules, standard library and ``orjson`` only."""
