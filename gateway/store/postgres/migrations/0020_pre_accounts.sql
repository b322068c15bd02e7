-- Who signs in at the pages. content is the account as JSON: its password is a hash, its
-- second factor lies sealed. version makes of two changes at once one that is refused.
CREATE TABLE account (
    id      text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    content bytea NOT NULL
);

-- Sessions by a digest of what the browser shows. step: what is still to be done before
-- anything else may be ('change' the password, 'enrol' a second factor, '' nothing).
CREATE TABLE console_session (
    id        text COLLATE "C" PRIMARY KEY,
    account   text COLLATE "C" NOT NULL,
    opened_at bigint NOT NULL,
    seen_at   bigint NOT NULL,
    proved_at bigint NOT NULL,
    ends_at   bigint NOT NULL,
    over_at   bigint,                    -- ended before its time
    step      text COLLATE "C" NOT NULL,
    seed      text COLLATE "C" NOT NULL,              -- of the token in its forms
    CHECK (step IN ('', 'change', 'enrol'))
);
CREATE INDEX console_session_account ON console_session (account, opened_at);
CREATE INDEX console_session_ends ON console_session (ends_at);

-- Failures in a row, by a keyed hash of a name or an address; known names or not.
CREATE TABLE sign_in_try (
    key      text COLLATE "C" PRIMARY KEY,
    failures bigint NOT NULL,
    last_at  bigint NOT NULL,
    until_at bigint NOT NULL             -- before that nothing is tried
);

-- What was typed when a session ended, sealed; its own account may have it back.
CREATE TABLE kept_form (
    id       text COLLATE "C" PRIMARY KEY,
    account  text COLLATE "C" NOT NULL,
    sealed   bytea NOT NULL,
    until_at bigint NOT NULL
);
CREATE INDEX kept_form_account ON kept_form (account, until_at);
