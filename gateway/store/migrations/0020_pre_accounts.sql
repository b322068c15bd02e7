-- Who signs in at the pages. content is the account as JSON: its password is a hash, its
-- second factor lies sealed. version makes of two changes at once one that is refused.
CREATE TABLE account (
    id      TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Sessions by a digest of what the browser shows. step: what is still to be done before
-- anything else may be ('change' the password, 'enrol' a second factor, '' nothing).
CREATE TABLE console_session (
    id        TEXT PRIMARY KEY,
    account   TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    proved_at INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL,
    over_at   INTEGER,                    -- ended before its time
    step      TEXT NOT NULL,
    seed      TEXT NOT NULL,              -- of the token in its forms
    CHECK (step IN ('', 'change', 'enrol'))
) STRICT, WITHOUT ROWID;
CREATE INDEX console_session_account ON console_session (account, opened_at);
CREATE INDEX console_session_ends ON console_session (ends_at);

-- Failures in a row, by a keyed hash of a name or an address; known names or not.
CREATE TABLE sign_in_try (
    key      TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    until_at INTEGER NOT NULL             -- before that nothing is tried
) STRICT, WITHOUT ROWID;

-- What was typed when a session ended, sealed; its own account may have it back.
CREATE TABLE kept_form (
    id       TEXT PRIMARY KEY,
    account  TEXT NOT NULL,
    sealed   BLOB NOT NULL,
    until_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_form_account ON kept_form (account, until_at);
