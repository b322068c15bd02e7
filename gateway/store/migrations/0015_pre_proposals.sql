-- What lists of offices let us infer, for people to confirm. subject is the dossier, or
-- a keyed hash of a number that no dossier has; slot is what only one may be open for.
CREATE TABLE proposal (
    id         TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    subject    TEXT NOT NULL,
    dossier_id TEXT,
    leg        TEXT NOT NULL,
    office     TEXT NOT NULL,
    unit       TEXT NOT NULL,
    sender     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    slot       TEXT NOT NULL,
    says       TEXT NOT NULL,
    at         INTEGER,                -- since when, or when it ended; NULL: unknown
    until      INTEGER,
    found_at   INTEGER NOT NULL,
    brought_by TEXT NOT NULL,
    state      TEXT NOT NULL,
    effect_at  INTEGER,                -- confirmed already, counts from then on
    by         TEXT NOT NULL,
    rule       TEXT NOT NULL,
    decided_at INTEGER,
    report     TEXT NOT NULL,
    counts     INTEGER NOT NULL,
    payload    TEXT NOT NULL,          -- what the ciphertext is bound to
    sealed     TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL,
    CHECK (state IN ('open', 'confirmed', 'rejected', 'overtaken', 'undone')),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (effect_at IS NULL OR state = 'open')
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX proposal_open ON proposal (subject, leg, slot) WHERE state = 'open';
CREATE INDEX proposal_subject ON proposal (subject, leg, slot);
CREATE INDEX proposal_state ON proposal (state, id);
CREATE INDEX proposal_effect ON proposal (effect_at) WHERE effect_at IS NOT NULL;

-- Standing written rules that confirm by themselves; the reason lies sealed.
CREATE TABLE proposal_rule (
    id         TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    office     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    days       INTEGER NOT NULL,
    decision   TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to   TEXT NOT NULL,
    by         TEXT NOT NULL,
    payload    TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    salt       BLOB NOT NULL,
    digest     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Links in mails, by the hash of their token.
CREATE TABLE proposal_link (
    token      BLOB PRIMARY KEY,
    sender     TEXT NOT NULL,
    proposals  TEXT NOT NULL,          -- as JSON
    contact    TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
