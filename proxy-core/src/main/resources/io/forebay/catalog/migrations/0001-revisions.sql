CREATE TABLE revisions (
    source    TEXT   NOT NULL,
    path      TEXT   NOT NULL,
    variant   TEXT   NOT NULL,
    seen      BIGINT NOT NULL,
    validated BIGINT NOT NULL,
    nature    TEXT   NOT NULL,
    digest    TEXT   NOT NULL,
    size      BIGINT NOT NULL,
    base      TEXT   NOT NULL,
    head      TEXT   NOT NULL,
    PRIMARY KEY (source, path, variant, seen)
);

CREATE INDEX revisions_by_digest ON revisions (digest);

CREATE TABLE cuts (
    source   TEXT NOT NULL,
    path     TEXT NOT NULL,
    variant  TEXT NOT NULL,
    artifact TEXT NOT NULL,
    digest   TEXT NOT NULL,
    PRIMARY KEY (source, path, variant, artifact)
);

CREATE INDEX cuts_by_digest ON cuts (digest);

CREATE TABLE quarantine (
    source     TEXT   NOT NULL,
    path       TEXT   NOT NULL,
    variant    TEXT   NOT NULL,
    url        TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    refused_at BIGINT NOT NULL
);

CREATE INDEX quarantine_by_time ON quarantine (refused_at);

CREATE TABLE uses (
    repository TEXT   NOT NULL,
    ecosystem  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    version    TEXT   NOT NULL,
    day        BIGINT NOT NULL,
    downloads  BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    PRIMARY KEY (repository, ecosystem, name, version, day)
);

CREATE TABLE milestones (
    name       TEXT   NOT NULL,
    reached_at BIGINT NOT NULL,
    PRIMARY KEY (name)
);
