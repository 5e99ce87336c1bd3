ALTER TABLE revisions ADD COLUMN used BIGINT NOT NULL DEFAULT 0;

UPDATE revisions SET used = seen;

CREATE INDEX revisions_by_use ON revisions (nature, used);

CREATE TABLE tokens (
    id         TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);

CREATE TABLE audit (
    done_at   BIGINT NOT NULL,
    principal TEXT   NOT NULL,
    client    TEXT   NOT NULL,
    action    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    outcome   TEXT   NOT NULL
);

CREATE INDEX audit_by_time ON audit (done_at);
