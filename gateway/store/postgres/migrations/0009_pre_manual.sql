-- Whom to call at an office. Name, telephone, e-mail and reasons lie sealed.
CREATE TABLE contact (
    id         text COLLATE "C" PRIMARY KEY,
    version    bigint NOT NULL,
    office     text COLLATE "C" NOT NULL,
    valid_to   text COLLATE "C",   -- last day; NULL: until somebody ends it
    payload    text COLLATE "C" NOT NULL, -- what the ciphertext is bound to
    kind       text COLLATE "C" NOT NULL,
    ciphertext bytea NOT NULL,
    salt       bytea NOT NULL,
    digest     bytea NOT NULL
);

-- What an office that works by a list was shown: hand is the number at which it first
-- was, and stays. Who does not know the column leaves it.
ALTER TABLE transfer ADD COLUMN hand bigint;
CREATE INDEX transfer_hand ON transfer (office, hand) WHERE hand IS NOT NULL;

-- Entries that another one stands in for, or did: a row for each time.
CREATE TABLE fallback (
    id       text COLLATE "C" PRIMARY KEY,
    office   text COLLATE "C" NOT NULL,
    stands   text COLLATE "C" NOT NULL, -- the entry that takes its messages
    since    bigint NOT NULL,
    by       text COLLATE "C" NOT NULL,
    why      text COLLATE "C" NOT NULL,
    over_at  bigint                     -- NULL: it lasts
);
CREATE UNIQUE INDEX fallback_now ON fallback (office) WHERE over_at IS NULL;
