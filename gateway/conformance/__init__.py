"""What every adapter, every store and every example must do."""
