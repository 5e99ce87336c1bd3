package io.forebay.r2dbc.sqlite;

import java.util.UUID;

final class MemoryDatabase {
    private final String name = "file:/" + UUID.randomUUID() + "?vfs=memdb";

    String name() {
        return name;
    }
}
