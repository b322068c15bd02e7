"""Water companies: tables of requests and answers as files in a folder."""
