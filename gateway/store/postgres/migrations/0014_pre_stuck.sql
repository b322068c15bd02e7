-- Legs that lie with an office, and when it was last heard of about them. Measured like
-- the rest (0010): nothing here is a source. Open dossiers are measured once more.
CREATE TABLE held (
    dossier_id text COLLATE "C" NOT NULL,
    leg        text COLLATE "C" NOT NULL,
    agency     text COLLATE "C" NOT NULL,
    office     text COLLATE "C" NOT NULL,
    unit       text COLLATE "C" NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    heard_at   bigint NOT NULL,
    PRIMARY KEY (dossier_id, leg)
);
CREATE INDEX held_heard ON held
    (office, heard_at, dossier_id, leg, agency, unit, sender);
INSERT INTO unmeasured (dossier_id, times) SELECT id, 1 FROM dossier WHERE open IS NOT NULL
 ON CONFLICT DO NOTHING;

-- When an office was last heard of at all; never earlier than it was. One that is not
-- here never spoke.
CREATE TABLE office_heard (
    office text COLLATE "C" PRIMARY KEY,
    at     bigint NOT NULL
);

-- Who looks after a cause of standing still, and what they noted: a row for each time,
-- never changed. Both lie sealed; the cause is a digest of codes.
CREATE TABLE cause_note (
    cause      text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    at         bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    payload    text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL,
    PRIMARY KEY (cause, version)
);
