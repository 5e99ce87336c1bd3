package io.forebay.ecosystem.r;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes an index as R's {@code write_PACKAGES} does: a character matrix, its rows named by their packages, in the XDR
 * serialization of version 2, which every R that asks for PACKAGES.rds can read ("R Internals", section "Serialization
 * Formats").
 */
final class RdsWriter {
    private static final int SYMBOL = 1;
    private static final int TAGGED_CELL = 0x402;
    private static final int INTEGERS = 13;
    private static final int STRINGS = 16;
    private static final int STRINGS_WITH_ATTRIBUTES = 0x210;
    private static final int LIST = 19;
    private static final int NULL = 254;

    private static final int NA_STRING = 9;
    private static final int LATIN1_STRING = 0x4009;
    private static final int UTF8_STRING = 0x8009;
    private static final int ASCII_STRING = 0x40009;

    private static final int SERIALIZATION = 2;
    private static final int WRITTEN_BY = 0x00040000;
    private static final int READABLE_FROM = 0x00020300;

    private final ByteArrayOutputStream out;
    private final ByteBuffer word = ByteBuffer.allocate(Integer.BYTES);

    private RdsWriter(ByteArrayOutputStream out) {
        this.out = out;
    }

    static void write(List<PackageRow> rows, List<String> columns, ByteArrayOutputStream out) {
        RdsWriter writer = new RdsWriter(out);
        out.write('X');
        out.write('\n');
        writer.integer(SERIALIZATION);
        writer.integer(WRITTEN_BY);
        writer.integer(READABLE_FROM);
        writer.matrix(rows, columns);
    }

    private void matrix(List<PackageRow> rows, List<String> columns) {
        integer(STRINGS_WITH_ATTRIBUTES);
        integer(rows.size() * columns.size());
        for (String column : columns) {
            column(rows, column);
        }
        attribute("dim");
        integer(INTEGERS);
        integer(2);
        integer(rows.size());
        integer(columns.size());
        attribute("dimnames");
        integer(LIST);
        integer(2);
        integer(STRINGS);
        integer(rows.size());
        column(rows, "Package");
        integer(STRINGS);
        integer(columns.size());
        columns.forEach(this::string);
        integer(NULL);
    }

    private void attribute(String name) {
        integer(TAGGED_CELL);
        integer(SYMBOL);
        string(name);
    }

    private void column(List<PackageRow> rows, String column) {
        for (PackageRow row : rows) {
            row.value(column).filter(value -> !value.isEmpty()).ifPresentOrElse(this::string, this::missing);
        }
    }

    private void missing() {
        integer(NA_STRING);
        integer(-1);
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        integer(encoding(bytes));
        integer(bytes.length);
        out.writeBytes(bytes);
    }

    private static int encoding(byte[] bytes) {
        boolean ascii = true;
        for (byte b : bytes) {
            ascii &= b >= 0;
        }
        if (ascii) {
            return ASCII_STRING;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return UTF8_STRING;
        } catch (CharacterCodingException e) {
            return LATIN1_STRING;
        }
    }

    private void integer(int value) {
        word.putInt(0, value);
        out.write(word.array(), 0, Integer.BYTES);
    }
}
