-- The same content brought twice serves two dossiers: each upload is a row of its own.
DROP INDEX upload_owner;
CREATE INDEX upload_owner ON upload (owner, blind, seq);
