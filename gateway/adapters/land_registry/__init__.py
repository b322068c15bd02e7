"""Land registration offices (Văn phòng đăng ký đất đai), dialect VBDLIS."""
