-- When which rule book was put in use, and by whom: the history of the rules. One that is put in use again has another row.
CREATE TABLE rule_book_publications (
    id TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    actor TEXT NOT NULL
);
