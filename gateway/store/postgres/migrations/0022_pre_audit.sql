-- Which dossier and which office a line of the journal is about, to find what people did
-- and read. Lines that the gateway writes by itself stay out of these indexes; the list of
-- their kinds is gateway/domain/audit.py, and says the same.
ALTER TABLE journal ADD COLUMN about text COLLATE "C";
ALTER TABLE journal ADD COLUMN office text COLLATE "C";
UPDATE journal SET
    about = coalesce(dossier_id, convert_from(facts, 'UTF8')::json->>'dossier'),
    office = coalesce(convert_from(facts, 'UTF8')::json->>'office',
                      convert_from(facts, 'UTF8')::json->>'work')
    WHERE kind NOT IN ('attempt', 'by_number', 'ended', 'happened', 'late_refusal', 'moved', 'not_received', 'opened', 'report', 'result_fetched', 'result_not_fetched', 'rung', 'settled', 'status', 'swept');
CREATE INDEX journal_acts ON journal (at, id)
    WHERE kind NOT IN ('attempt', 'by_number', 'ended', 'happened', 'late_refusal', 'moved', 'not_received', 'opened', 'report', 'result_fetched', 'result_not_fetched', 'rung', 'settled', 'status', 'swept');
CREATE INDEX journal_acts_by ON journal (actor, at, id)
    WHERE kind NOT IN ('attempt', 'by_number', 'ended', 'happened', 'late_refusal', 'moved', 'not_received', 'opened', 'report', 'result_fetched', 'result_not_fetched', 'rung', 'settled', 'status', 'swept');
CREATE INDEX journal_acts_kind ON journal (kind, at, id)
    WHERE kind NOT IN ('attempt', 'by_number', 'ended', 'happened', 'late_refusal', 'moved', 'not_received', 'opened', 'report', 'result_fetched', 'result_not_fetched', 'rung', 'settled', 'status', 'swept');
CREATE INDEX journal_about ON journal (about, at, id) WHERE about IS NOT NULL;
CREATE INDEX journal_office ON journal (office, at, id) WHERE office IS NOT NULL;
CREATE INDEX journal_chain ON journal (chain, position) WHERE chain IS NOT NULL;

-- Who may see the people of a dossier until when, having said why.
CREATE TABLE unmasking (
    who        text COLLATE "C" NOT NULL,
    dossier_id text COLLATE "C" NOT NULL,
    until      bigint NOT NULL,
    PRIMARY KEY (who, dossier_id)
);
