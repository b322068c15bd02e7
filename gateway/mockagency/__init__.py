"""The other side, for mock mode and tests: mocks on real sockets, with faults and books."""
