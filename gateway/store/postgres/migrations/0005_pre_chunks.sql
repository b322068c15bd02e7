-- Sealed files, where settings keep them in the database. A file has a name once it is
-- whole; before that nobody sees it, and what stays of it is swept by its age.
CREATE TABLE file (
    seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text COLLATE "C",
    length  bigint,
    touched timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((name IS NULL) = (length IS NULL))
);
CREATE UNIQUE INDEX file_name ON file (name) WHERE name IS NOT NULL;
CREATE INDEX file_whole ON file (touched, seq) WHERE name IS NOT NULL;
CREATE INDEX file_unfinished ON file (touched) WHERE name IS NULL;

CREATE TABLE file_chunk (
    file   bigint NOT NULL REFERENCES file ON DELETE CASCADE,
    number bigint NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (file, number)
);
-- Nothing sealed becomes shorter: the server need not try.
ALTER TABLE file_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- What tells this place of files from every other.
CREATE TABLE file_place (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    identity text COLLATE "C" NOT NULL
);
