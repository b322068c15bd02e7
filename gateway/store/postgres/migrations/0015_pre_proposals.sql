-- What lists of offices let us infer, for people to confirm. subject is the dossier, or
-- a keyed hash of a number that no dossier has; slot is what only one may be open for.
CREATE TABLE proposal (
    id         text COLLATE "C" PRIMARY KEY,
    version    bigint NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    dossier_id text COLLATE "C",
    leg        text COLLATE "C" NOT NULL,
    office     text COLLATE "C" NOT NULL,
    unit       text COLLATE "C" NOT NULL,
    sender     text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    slot       text COLLATE "C" NOT NULL,
    says       text COLLATE "C" NOT NULL,
    at         bigint, -- since when, or when it ended; NULL: unknown
    until      bigint,
    found_at   bigint NOT NULL,
    brought_by text COLLATE "C" NOT NULL,
    state      text COLLATE "C" NOT NULL,
    effect_at  bigint, -- confirmed already, counts from then on
    by         text COLLATE "C" NOT NULL,
    rule       text COLLATE "C" NOT NULL,
    decided_at bigint,
    report     text COLLATE "C" NOT NULL,
    counts     bigint NOT NULL,
    payload    text COLLATE "C" NOT NULL, -- what the ciphertext is bound to
    sealed     text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL,
    CHECK (state IN ('open', 'confirmed', 'rejected', 'overtaken', 'undone')),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (effect_at IS NULL OR state = 'open')
);
CREATE UNIQUE INDEX proposal_open ON proposal (subject, leg, slot) WHERE state = 'open';
CREATE INDEX proposal_subject ON proposal (subject, leg, slot);
CREATE INDEX proposal_state ON proposal (state, id);
CREATE INDEX proposal_effect ON proposal (effect_at) WHERE effect_at IS NOT NULL;

-- Standing written rules that confirm by themselves; the reason lies sealed.
CREATE TABLE proposal_rule (
    id         text COLLATE "C" PRIMARY KEY,
    version    bigint NOT NULL,
    office     text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    days       bigint NOT NULL,
    decision   text COLLATE "C" NOT NULL,
    valid_from text COLLATE "C" NOT NULL,
    valid_to   text COLLATE "C" NOT NULL,
    by         text COLLATE "C" NOT NULL,
    payload    text COLLATE "C" NOT NULL,
    sealed     text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL
);

-- Links in mails, by the hash of their token.
CREATE TABLE proposal_link (
    token      bytea PRIMARY KEY,
    sender     text COLLATE "C" NOT NULL,
    proposals  text COLLATE "C" NOT NULL, -- as JSON
    contact    text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL
);
