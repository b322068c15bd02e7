"""Land registration offices (Văn phòng đăng ký đất đai), in either dialect of their systems."""
