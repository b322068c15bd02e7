-- Tokens of other people's systems; token is sealed under the master key.
CREATE TABLE session (
    name       TEXT PRIMARY KEY,
    token      BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
