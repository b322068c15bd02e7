-- Who is served first where much waits: the nearest day for which an answer is promised.
ALTER TABLE transfer ADD COLUMN deadline TEXT;
UPDATE transfer SET deadline = (SELECT d.due_on FROM dossier AS d WHERE d.id = dossier_id)
 WHERE finished_at IS NULL;
CREATE INDEX transfer_near ON transfer (office, deadline, seq)
 WHERE due_at IS NOT NULL AND deadline IS NOT NULL;
