-- Whom to call at an office. Name, telephone, e-mail and reasons lie sealed.
CREATE TABLE contact (
    id         TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    office     TEXT NOT NULL,
    valid_to   TEXT,               -- last day; NULL: until somebody ends it
    payload    TEXT NOT NULL,      -- what the ciphertext is bound to
    kind       TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
