-- Emergency stops, and windows in which nothing goes to an office.
-- emergency is 1 where a pause is one; who does not know the column leaves it.
ALTER TABLE lane ADD COLUMN emergency bigint;

-- until is the moment after which nothing of a window is left; NULL: it recurs.
CREATE TABLE maintenance (
    id      text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    agency  text COLLATE "C" NOT NULL,
    office  text COLLATE "C",        -- NULL: every office of the agency
    until   bigint,
    content bytea NOT NULL
);
CREATE INDEX maintenance_until ON maintenance (until, id);
