-- Each time that an office was chased for a dossier: rows are added, never changed.
-- Whom and what was said lie sealed in the payload.
CREATE TABLE chase (
    id          text COLLATE "C" PRIMARY KEY,
    dossier_id  text COLLATE "C" NOT NULL,
    office      text COLLATE "C" NOT NULL,
    at          bigint NOT NULL,
    by          text COLLATE "C" NOT NULL,
    how         text COLLATE "C" NOT NULL,
    promised_on text COLLATE "C",  -- day by which the office will have done it
    corrects    text COLLATE "C",  -- an earlier row that says something wrong
    payload     text COLLATE "C" NOT NULL
);
CREATE INDEX chase_dossier ON chase (dossier_id, office, at, id);
CREATE INDEX chase_promised ON chase (promised_on, id) WHERE promised_on IS NOT NULL;
CREATE UNIQUE INDEX chase_corrects ON chase (corrects) WHERE corrects IS NOT NULL;

-- A reminder that is being mailed; one that stays was cut off, its fate is unknown.
CREATE TABLE chase_mail (
    dossier_id text COLLATE "C" NOT NULL,
    office     text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (dossier_id, office)
);
