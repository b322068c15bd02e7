"""People who sign in at the pages: passwords, second factors, sessions, accounts."""
