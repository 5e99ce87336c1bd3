package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.cache.Body;
import io.forebay.cache.CacheStatus;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedResponseTest {
    private static final byte[] BODY = "body".getBytes(StandardCharsets.US_ASCII);

    private static PreparedResponse prepared() {
        return prepared(BODY);
    }

    private static PreparedResponse prepared(byte[] body) {
        return prepared("HTTP/1.1 200 OK\r\ndate: x\r\ncontent-length: " + body.length + "\r\n\r\n", body);
    }

    private static PreparedResponse prepared(String head, byte[] body) {
        return new PreparedResponse(recording(head, body, Optional.empty()));
    }

    /**
     * Of an answer to {@code GET /x} that stands for ever.
     *
     * @param large a body that is not recorded
     */
    static ResponseRecording recording(String head, byte[] body, Optional<Body.Again> large) {
        Standing standing = new Standing() {
            @Override
            public boolean holds() {
                return true;
            }

            @Override
            public Duration age() {
                return Duration.ofSeconds(1234);
            }

            @Override
            public CacheStatus status() {
                return new CacheStatus(CacheStatus.Kind.HIT, OptionalInt.empty(), 86_399);
            }
        };
        Exchange exchange = new Exchange(
                "GET",
                "/x",
                "cran",
                Optional.empty(),
                200,
                Exchange.CacheStatus.HIT,
                body.length,
                0,
                0,
                0,
                "",
                "",
                "",
                "HTTP/1.1",
                Optional.empty());
        HeadBytes request = HeadBytes.copyOf(
                Unpooled.copiedBuffer("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", StandardCharsets.US_ASCII));
        ResponseRecording recording = new ResponseRecording(
                request, new ResponseRecording.Answered(standing, exchange, body.length, large), 0);
        assertThat(recording.take(Unpooled.copiedBuffer(head, StandardCharsets.US_ASCII)))
                .isTrue();
        assertThat(recording.take(Unpooled.wrappedBuffer(body))).isTrue();
        assertThat(recording.isWhole()).isTrue();
        return recording;
    }

    @Test
    void head_isOfTheSecondInWhatIsTheSecondsAndElseAsItWas() {
        String was = """
                HTTP/1.1 200 OK
                Age: 7
                x-last: date: 1
                DATE: x
                age-of: 8
                empty:
                cache-status: forebay; hit; ttl=1
                content-length: 4

                """.replace("\n", "\r\n");
        PreparedResponse prepared = prepared(was, BODY);
        ByteBuf response = prepared.response();
        assertThat(response.toString(StandardCharsets.US_ASCII)
                        .replaceFirst("DATE: \\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT", "DATE: now"))
                .isEqualTo(was.replace("Age: 7", "Age: 1234")
                                .replace(": x", ": now")
                                .replace("ttl=1", "ttl=86399") + "body");
        response.release();
        prepared.close();
        assertThat(response.refCnt()).isZero();
    }

    @Test
    void closed_hasNoResponseButLeavesThoseOnTheirWay() {
        PreparedResponse prepared = prepared();
        ByteBuf onItsWay = prepared.response();
        prepared.close();
        prepared.close();
        assertThat(onItsWay.refCnt()).isEqualTo(1);
        assertThat(onItsWay.toString(StandardCharsets.US_ASCII)).endsWith("\r\n\r\nbody");
        assertThat(onItsWay.release()).isTrue();
        assertThat(prepared.response()).isNull();
    }

    @Test
    void pageOftenAnswered_isWorthOneFileASecond() {
        PreparedResponse page = prepared(new byte[20_000]);
        String second = date(page);
        long worth = 0;
        for (int i = 0; i < 1_000; i++) {
            worth += page.isWorthAFile() ? 1 : 0;
        }
        assertThat(worth).isEqualTo(1);
        while (date(page).equals(second)) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < 1_000; i++) {
            worth += page.isWorthAFile() ? 1 : 0;
        }
        assertThat(worth).isEqualTo(2);
        assertThat(page.weight()).isGreaterThan(2 * 20_000);
        page.close();
        PreparedResponse small = prepared();
        assertThat(IntStream.range(0, 1_000).filter(i -> small.isWorthAFile())).isEmpty();
        small.close();
    }

    @Test
    void file_isTheResponseAndClosedWithIt(@TempDir Path directory) throws Exception {
        AtomicInteger released = new AtomicInteger();
        PreparedResponse prepared = prepared();
        assertThat(prepared.region()).isNull();
        FileRegion onItsWay = region(prepared, directory, released);
        assertThat(directory).isEmptyDirectory();
        int before = released.get();
        prepared.close();
        prepared.close();
        assertThat(released).hasValue(before);
        assertThat(sent(onItsWay)).matches("(?s)HTTP/1.1 200 OK\r\ndate: [^x].*\r\n\r\nbody");
        onItsWay.release();
        assertThat(released).hasValue(before + 1);
        assertThat(prepared.region()).isNull();
        // Too late.
        prepared.intoFile(directory, released::incrementAndGet);
        assertThat(released).hasValue(before + 2);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void file_isOfItsSecondAlone(@TempDir Path directory) throws Exception {
        AtomicInteger released = new AtomicInteger();
        PreparedResponse prepared = prepared();
        FileRegion first = region(prepared, directory, released);
        int before = released.get();
        String second = sent(first);
        first.release();
        for (FileRegion same = prepared.region(); same != null; same = prepared.region()) {
            assertThat(sent(same)).isEqualTo(second);
            same.release();
        }
        String next = date(prepared);
        assertThat(second).doesNotContain(next);
        assertThat(released).hasValue(before + 1);
        FileRegion anew = region(prepared, directory, released);
        assertThat(sent(anew)).isNotEqualTo(second);
        anew.release();
        prepared.close();
    }

    @Test
    void noRoomForAFile_isAnError(@TempDir Path directory) {
        AtomicInteger released = new AtomicInteger();
        PreparedResponse prepared = prepared();
        assertThatThrownBy(() -> prepared.intoFile(directory.resolve("missing"), released::incrementAndGet))
                .isInstanceOf(IOException.class);
        assertThat(released).hasValue(0);
        assertThat(prepared.region()).isNull();
        prepared.close();
    }

    /** Of a file of the running second. */
    private static FileRegion region(PreparedResponse prepared, Path directory, AtomicInteger released)
            throws IOException {
        FileRegion region = null;
        while (region == null) {
            date(prepared);
            prepared.intoFile(directory, released::incrementAndGet);
            region = prepared.region();
        }
        return region;
    }

    /** That the running second's response says. */
    private static String date(PreparedResponse prepared) {
        ByteBuf response = prepared.response();
        try {
            return response.toString(StandardCharsets.US_ASCII).replaceFirst("(?s).*\ndate: (.*?)\r.*", "$1");
        } finally {
            response.release();
        }
    }

    private static String sent(FileRegion region) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        region.transferTo(Channels.newChannel(bytes), 0);
        return bytes.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void nextSecond_givesBackTheMemoryOfTheLast() {
        PreparedResponse prepared = prepared();
        ByteBuf first = prepared.response();
        String date = first.toString(StandardCharsets.US_ASCII);
        first.release();
        ByteBuf next = prepared.response();
        while (next.toString(StandardCharsets.US_ASCII).equals(date)) {
            next.release();
            next = prepared.response();
        }
        assertThat(next.toString(StandardCharsets.US_ASCII)).endsWith("\r\n\r\nbody");
        next.release();
        assertThat(first.refCnt()).isZero();
        prepared.close();
        assertThat(next.refCnt()).isZero();
    }

    @Test
    void manyThreads_getWholeResponsesUntilItIsClosed() throws Exception {
        PreparedResponse prepared = prepared();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch some = new CountDownLatch(200_000);
        List<Future<Boolean>> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            readers.add(threads.submit(() -> {
                boolean whole = true;
                for (ByteBuf one = prepared.response(); one != null; one = prepared.response()) {
                    whole &= one.getByte(one.writerIndex() - 1) == 'y' && one.getByte(0) == 'H';
                    one.release();
                    some.countDown();
                }
                return whole;
            }));
        }
        some.await();
        prepared.close();
        for (Future<Boolean> reader : readers) {
            assertThat(reader.get()).isTrue();
        }
        threads.shutdown();
    }
}
