"""One-stop system (Hệ thống thông tin giải quyết TTHC): our API inward, webhooks outward."""
