-- Each time that an office was chased for a dossier: rows are added, never changed.
-- Whom and what was said lie sealed in the payload.
CREATE TABLE chase (
    id          TEXT PRIMARY KEY,
    dossier_id  TEXT NOT NULL,
    office      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    by          TEXT NOT NULL,
    how         TEXT NOT NULL,
    promised_on TEXT,              -- day by which the office will have done it
    corrects    TEXT,              -- an earlier row that says something wrong
    payload     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX chase_dossier ON chase (dossier_id, office, at, id);
CREATE INDEX chase_promised ON chase (promised_on, id) WHERE promised_on IS NOT NULL;
CREATE UNIQUE INDEX chase_corrects ON chase (corrects) WHERE corrects IS NOT NULL;

-- A reminder that is being mailed; one that stays was cut off, its fate is unknown.
CREATE TABLE chase_mail (
    dossier_id TEXT NOT NULL,
    office     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (dossier_id, office)
) STRICT, WITHOUT ROWID;
