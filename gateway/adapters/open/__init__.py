"""Any agency over the open interface: it fetches, acknowledges and reports."""
