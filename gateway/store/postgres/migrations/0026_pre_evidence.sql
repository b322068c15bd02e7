-- Roots over seals, which evidence keys sign and a timestamp service stamps. The statement
-- is the exact text that is signed; the other columns repeat what is looked for.
CREATE TABLE seal_root (
    number    bigint PRIMARY KEY,
    last      bigint NOT NULL UNIQUE,      -- number of the last line it covers
    seals     bigint NOT NULL,
    statement bytea NOT NULL
);

CREATE TABLE root_signature (
    root   bigint NOT NULL,
    key    text COLLATE "C" NOT NULL,
    at     bigint NOT NULL,
    value  bytea NOT NULL,
    PRIMARY KEY (root, key)
);

CREATE TABLE root_stamp (
    root   bigint PRIMARY KEY,
    at     bigint NOT NULL,                -- by the service
    token  bytea NOT NULL
);

-- Public halves alone. A key that was revoked stays: what it signed has to be refused.
CREATE TABLE evidence_key (
    id         text COLLATE "C" PRIMARY KEY,
    public     bytea NOT NULL,
    since      bigint NOT NULL,
    until      bigint,
    revoked_at bigint
);
