-- What people ask to end by hand waits in the same list as what they want corrected: a
-- row of another kind, with the leg (empty: the whole dossier). Its revision is 0, which
-- the release before takes for overtaken.
ALTER TABLE correction ADD COLUMN kind TEXT NOT NULL DEFAULT 'document';
ALTER TABLE correction ADD COLUMN leg TEXT NOT NULL DEFAULT '';
-- 'end': it ended in time, and by hand, so that it is no in time; '' otherwise.
ALTER TABLE measure ADD COLUMN by_hand TEXT NOT NULL DEFAULT '';
ALTER TABLE issued_dossier ADD COLUMN by_hand TEXT NOT NULL DEFAULT '';
