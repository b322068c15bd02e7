"""The store's implementations: durable memory, one file or one database."""
