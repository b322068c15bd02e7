-- What staff write on a dossier, who of them looks after it, until when it is put off:
-- a row for each time, never changed but for its end. Words lie sealed in payload.
CREATE TABLE note (
    id         text COLLATE "C" PRIMARY KEY,
    dossier_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    payload    text COLLATE "C" NOT NULL,
    until      bigint,               -- of one that puts off, with the version it was put off at
    version    bigint,
    ended_at   bigint,
    ended_by   text COLLATE "C" NOT NULL,
    CHECK (kind IN ('note', 'owner', 'postponed')),
    CHECK ((kind = 'postponed') = (until IS NOT NULL)),
    CHECK ((until IS NULL) = (version IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by = ''))
);
CREATE INDEX note_dossier ON note (dossier_id, at, id);
CREATE UNIQUE INDEX note_owner ON note (dossier_id)
 WHERE kind = 'owner' AND ended_at IS NULL;
CREATE UNIQUE INDEX note_postponed ON note (dossier_id)
 WHERE kind = 'postponed' AND ended_at IS NULL;

-- Until when a cause of standing still is put off; it comes back with the next dossier.
CREATE TABLE cause_postponed (
    cause      text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    at         bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    until      bigint,               -- NULL: put off no more
    payload    text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL,
    PRIMARY KEY (cause, version)
);

-- Lists that somebody named: an address of codes; its name lies sealed.
CREATE TABLE saved_view (
    id         text COLLATE "C" PRIMARY KEY,
    by         text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    page       text COLLATE "C" NOT NULL,
    query      text COLLATE "C" NOT NULL,
    name       bytea NOT NULL,         -- a keyed hash
    shared     bigint NOT NULL,
    payload    text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL,
    UNIQUE (by, page, name)
);
CREATE INDEX saved_view_shared ON saved_view (page) WHERE shared = 1;

-- Corrections that nobody else may approve: they take effect after a notice.
CREATE TABLE stand_in (
    correction text COLLATE "C" PRIMARY KEY,
    dossier_id text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    told_at    bigint,               -- when the head was told; until then nothing runs
    effect_at  bigint,
    over_at    bigint,
    CHECK ((told_at IS NULL) = (effect_at IS NULL))
);
CREATE INDEX stand_in_open ON stand_in (correction) WHERE over_at IS NULL;
CREATE INDEX stand_in_over ON stand_in (over_at) WHERE over_at IS NOT NULL;
