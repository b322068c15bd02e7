-- Who is served first where much waits: the nearest day for which an answer is promised.
ALTER TABLE transfer ADD COLUMN deadline text COLLATE "C";
UPDATE transfer SET deadline = (SELECT d.due_on FROM dossier AS d WHERE d.id = dossier_id)
 WHERE finished_at IS NULL;
CREATE INDEX transfer_near ON transfer (office, deadline, seq)
 WHERE due_at IS NOT NULL AND deadline IS NOT NULL;

-- Nodes and what each does for all; leases by the clock of the database.
CREATE TABLE node (
    name    text COLLATE "C" PRIMARY KEY,
    process text COLLATE "C" NOT NULL,
    since   timestamptz NOT NULL,
    ends    timestamptz NOT NULL,
    facts   text COLLATE "C" NOT NULL       -- JSON
);
CREATE TABLE duty (
    name    text COLLATE "C" PRIMARY KEY,
    holder  text COLLATE "C" NOT NULL,
    ends    timestamptz NOT NULL
);

-- Calls to an office that are no claimed transfer, and when the next one may begin.
CREATE TABLE permit (
    token   text COLLATE "C" PRIMARY KEY,
    office  text COLLATE "C" NOT NULL,
    count   bigint NOT NULL,
    ends    timestamptz NOT NULL
);
CREATE INDEX permit_office ON permit (office);
CREATE TABLE pace (
    office  text COLLATE "C" PRIMARY KEY,
    next_at bigint NOT NULL                 -- microseconds since 1970
);
