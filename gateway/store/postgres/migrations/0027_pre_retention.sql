-- What is kept how long after a dossier's end, by version; days as JSON, kind → days.
CREATE TABLE retention (
    version   bigint PRIMARY KEY,
    at        bigint NOT NULL,
    effect_at bigint NOT NULL,
    by        text COLLATE "C" NOT NULL,
    basis     text COLLATE "C" NOT NULL,
    days      text COLLATE "C" NOT NULL
);

-- Dossiers of which nothing is deleted; why lies sealed in payload.
CREATE TABLE hold (
    id         text COLLATE "C" PRIMARY KEY,
    dossier_id text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    payload    text COLLATE "C" NOT NULL,
    ended_at   bigint,
    ended_by   text COLLATE "C" NOT NULL,
    CHECK ((ended_at IS NULL) = (ended_by = ''))
);
CREATE UNIQUE INDEX hold_standing ON hold (dossier_id) WHERE ended_at IS NULL;

-- What was deleted of whom: with its line in the journal, all that is left of it.
CREATE TABLE deletion (
    dossier_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    rows       bigint NOT NULL,
    files      bigint NOT NULL,
    digest     bytea NOT NULL,
    rule       bigint NOT NULL,
    PRIMARY KEY (dossier_id, kind)
);

-- Files whose rows are gone; a row goes when its file has gone.
CREATE TABLE doomed_file (
    name text COLLATE "C" PRIMARY KEY
);

-- Identifiers of dossiers begin with their moment: what is written now lies together.
CREATE INDEX payload_dossier ON payload (dossier_id) WHERE dossier_id IS NOT NULL;
CREATE INDEX measure_ended ON measure (ended_at, dossier_id) WHERE ended_at IS NOT NULL;
CREATE INDEX report_stray ON report (arrived_at)
 WHERE dossier_id IS NULL AND payload IS NOT NULL;
