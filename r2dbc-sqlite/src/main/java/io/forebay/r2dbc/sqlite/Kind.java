package io.forebay.r2dbc.sqlite;

/** What a statement does, as its first words tell. */
enum Kind {
    /** Reads rows and changes nothing: its rows are stepped as they are asked for. */
    QUERY,
    /** INSERT, REPLACE, UPDATE or DELETE: has a count of changed rows, and rows when it says RETURNING. */
    WRITE,
    /** BEGIN, COMMIT and their kin: may open or end the transaction. */
    TRANSACTION,
    /** DDL, PRAGMA, EXPLAIN and the rest: run at once, what rows they have are few. */
    OTHER
}
