-- Files that were refused and are shut away; the same from one place is one row.
CREATE TABLE quarantine (
    id            text COLLATE "C" PRIMARY KEY,
    name          text COLLATE "C" NOT NULL,
    size_bytes    bigint NOT NULL,
    sealed_key    bytea NOT NULL,
    blind         bytea NOT NULL,
    sealed_digest bytea NOT NULL,
    code          text COLLATE "C" NOT NULL,
    signature     text COLLATE "C" NOT NULL,
    door          text COLLATE "C" NOT NULL,
    by            text COLLATE "C" NOT NULL,
    dossier_id    text COLLATE "C",
    at            bigint NOT NULL,
    last_at       bigint NOT NULL,
    times         bigint NOT NULL,
    UNIQUE (by, blind)
);
CREATE INDEX quarantine_last ON quarantine (last_at);
