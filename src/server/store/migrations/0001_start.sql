-- Rule books by the hash of their content, so that an old answer can be asked again.
CREATE TABLE rule_books (
    version TEXT NOT NULL PRIMARY KEY,
    files TEXT NOT NULL,
    stored_at BIGINT NOT NULL
);
