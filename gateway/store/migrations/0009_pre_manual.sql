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

-- What an office that works by a list was shown: hand is the number at which it first
-- was, and stays. Who does not know the column leaves it.
ALTER TABLE transfer ADD COLUMN hand INTEGER;
CREATE INDEX transfer_hand ON transfer (office, hand) WHERE hand IS NOT NULL;

-- Entries that another one stands in for, or did: a row for each time.
CREATE TABLE fallback (
    id       TEXT PRIMARY KEY,
    office   TEXT NOT NULL,
    stands   TEXT NOT NULL,        -- the entry that takes its messages
    since    INTEGER NOT NULL,
    by       TEXT NOT NULL,
    why      TEXT NOT NULL,
    over_at  INTEGER               -- NULL: it lasts
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX fallback_now ON fallback (office) WHERE over_at IS NULL;
