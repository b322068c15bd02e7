-- Tokens of other people's systems; token is sealed under the master key.
CREATE TABLE session (
    name       text COLLATE "C" PRIMARY KEY,
    token      bytea NOT NULL,
    expires_at bigint NOT NULL
);

-- Which node is logging in just now, by the clock of the database.
CREATE TABLE login (
    name   text COLLATE "C" PRIMARY KEY,
    ticket text COLLATE "C" NOT NULL,
    ends   timestamptz NOT NULL
);
