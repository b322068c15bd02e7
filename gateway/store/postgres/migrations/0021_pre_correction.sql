-- What staff want changed in a dossier's document; what and why lies sealed in payload.
CREATE TABLE correction (
    id         text COLLATE "C" PRIMARY KEY,
    dossier_id text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL,
    by         text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    payload    text COLLATE "C" NOT NULL,
    state      text COLLATE "C" NOT NULL,
    decided_by text COLLATE "C" NOT NULL,
    decided_at bigint,
    CHECK (state IN ('open', 'approved', 'rejected')),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state <> 'approved' OR decided_by <> by)   -- a second person
);
CREATE INDEX correction_dossier ON correction (dossier_id, id);
CREATE UNIQUE INDEX correction_open ON correction (dossier_id) WHERE state = 'open';
CREATE INDEX correction_waiting ON correction (id) WHERE state = 'open';
