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
