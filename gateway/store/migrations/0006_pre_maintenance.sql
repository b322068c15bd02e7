-- Emergency stops, and windows in which nothing goes to an office.
-- emergency is 1 where a pause is one; who does not know the column leaves it.
ALTER TABLE lane ADD COLUMN emergency INTEGER;

-- until is the moment after which nothing of a window is left; NULL: it recurs.
CREATE TABLE maintenance (
    id      TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    agency  TEXT NOT NULL,
    office  TEXT,                -- NULL: every office of the agency
    until   INTEGER,
    content BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX maintenance_until ON maintenance (until, id);
