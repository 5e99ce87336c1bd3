package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in a pack that has no index, byte by byte. */
class PackScanTest {
    private static final long SALT = 0x1122_3344_5566_7788L;
    private static final byte[] NOTE = {1, 2, 3};

    @TempDir
    Path directory;

    private final ByteArrayOutputStream pack = new ByteArrayOutputStream();
    private final List<PackEntry> written = new ArrayList<>();

    private record Found(List<PackEntry> entries, long end, int damaged) {}

    private void head() {
        pack.writeBytes(PackFormat.fileHeader(SALT));
    }

    private void record(PackEntry.Type type, byte[] note, byte[] body) {
        PackEntry entry = new PackEntry(type, Bytes.digest(body), pack.size(), note.length, body.length);
        pack.writeBytes(PackFormat.recordHeader(
                SALT, entry, PackFormat.crc(note, 0, note.length), PackFormat.crc(body, 0, body.length)));
        pack.writeBytes(note);
        if (type == PackEntry.Type.BODY) {
            pack.writeBytes(body);
        }
        written.add(entry);
    }

    private void body(int seed, int length) {
        record(PackEntry.Type.BODY, NOTE, Bytes.of(seed, length));
    }

    private void tombstone() {
        record(PackEntry.Type.TOMBSTONE, new byte[0], new byte[0]);
    }

    private Found scan(byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve("1.pack"), bytes);
        List<PackEntry> entries = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            PackScan scan = new PackScan(new RealFiles(), channel, SALT, bytes.length);
            long end = scan.run(PackFormat.FILE_HEADER, entries::add);
            return new Found(entries, end, scan.damaged());
        }
    }

    private byte[] flipped(long... places) {
        byte[] bytes = pack.toByteArray();
        for (long place : places) {
            bytes[(int) place] ^= 1;
        }
        return bytes;
    }

    @Test
    void scan_wholeRecords_allAndTheEnd() throws Exception {
        head();
        body(1, 100);
        body(2, PackScan.WINDOW_BYTES + 1);
        body(3, 0);
        tombstone();
        assertThat(scan(pack.toByteArray())).isEqualTo(new Found(written, pack.size(), 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {-69, -68, -9, -8, -7, -6, -1, 0, 1})
    void scan_nextRecordAboutTheEdgeOfTheWindow_isFound(int place) throws Exception {
        head();
        // The search begins one byte behind the damaged header's first.
        int next = PackFormat.FILE_HEADER + 1 + PackScan.WINDOW_BYTES + place;
        body(1, next - PackFormat.FILE_HEADER - PackFormat.RECORD_HEADER - NOTE.length);
        tombstone();
        assertThat(written.get(1).offset()).isEqualTo(next);
        byte[] damaged = flipped(PackFormat.FILE_HEADER + 20);
        assertThat(scan(damaged)).isEqualTo(new Found(written.subList(1, 2), pack.size(), 1));
    }

    @Test
    void scan_damagedNoteAndBody_eachIsCountedAndTheOthersAreThere() throws Exception {
        head();
        for (int i = 0; i < 5; i++) {
            body(i, 50);
        }
        byte[] damaged = flipped(written.get(1).notePosition(), written.get(2).bodyPosition() + 49);
        Found found = scan(damaged);
        assertThat(found.entries()).containsExactly(written.get(0), written.get(3), written.get(4));
        assertThat(found.end()).isEqualTo(pack.size());
        assertThat(found.damaged()).isEqualTo(2);
    }

    @Test
    void scan_damagedNote_bodyBehindItIsNotSearchedForRecords() throws Exception {
        head();
        body(1, 10);
        byte[] inside = pack.toByteArray();
        record(PackEntry.Type.BODY, NOTE, inside);
        PackEntry outer = written.get(1);
        tombstone();
        Found found = scan(flipped(outer.notePosition()));
        assertThat(found.entries()).containsExactly(written.get(0), written.get(2));
    }

    @Test
    void scan_tornEnd_isNoDamageAndTheEndIsThatOfTheLastWholeRecord() throws Exception {
        head();
        body(1, 100);
        body(2, 100);
        byte[] cut = Arrays.copyOf(pack.toByteArray(), pack.size() - 1);
        assertThat(scan(cut))
                .isEqualTo(new Found(written.subList(0, 1), written.get(0).end(), 0));
    }
}
