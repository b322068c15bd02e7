-- The weekly letter of what is due, one row for each week and whom it is meant for.
-- begun is written before the mail server gets it; what stays so may have left.
CREATE TABLE due_mail (
    week      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    target    TEXT NOT NULL,
    version   INTEGER NOT NULL,
    state     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    dossiers  INTEGER NOT NULL,
    overdue   INTEGER NOT NULL,
    addresses INTEGER NOT NULL,
    refused   INTEGER NOT NULL,
    code      TEXT NOT NULL,
    PRIMARY KEY (week, kind, target),
    CHECK (state IN ('begun', 'sent', 'unclear', 'failed', 'nothing', 'no_address'))
) STRICT, WITHOUT ROWID;

-- Reminders to an office in a working day, numbered: of two who mail at once one does.
CREATE TABLE office_mail (
    office   TEXT NOT NULL,
    day      TEXT NOT NULL,
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    dossiers INTEGER NOT NULL,
    PRIMARY KEY (office, day, number)
) STRICT, WITHOUT ROWID;
