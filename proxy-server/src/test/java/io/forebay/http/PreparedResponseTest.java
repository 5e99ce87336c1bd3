package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.cache.CacheStatus;
import io.forebay.cache.Standing;
import io.forebay.model.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
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
                request, new ResponseRecording.Answered(standing, exchange, body.length, Optional.empty()), 0);
        assertThat(recording.take(Unpooled.copiedBuffer(head, StandardCharsets.US_ASCII)))
                .isTrue();
        assertThat(recording.take(Unpooled.wrappedBuffer(body))).isTrue();
        assertThat(recording.isWhole()).isTrue();
        return new PreparedResponse(recording);
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
    void pageOftenAnswered_isWorthOneFile() {
        PreparedResponse page = prepared(new byte[20_000]);
        long worth = IntStream.range(0, 100).filter(i -> page.isWorthAFile()).count();
        assertThat(worth).isEqualTo(1);
        assertThat(page.weight()).isGreaterThan(2 * 20_000);
        page.close();
        PreparedResponse small = prepared();
        assertThat(IntStream.range(0, 100).filter(i -> small.isWorthAFile())).isEmpty();
        small.close();
    }

    @Test
    void file_isClosedWithTheResponse(@TempDir Path directory) throws Exception {
        AtomicInteger closed = new AtomicInteger();
        PreparedResponse prepared = prepared();
        assertThat(prepared.region()).isNull();
        prepared.keep(MemoryFile.of(BODY, directory, closed::incrementAndGet));
        FileRegion onItsWay = prepared.region();
        assertThat(onItsWay.count()).isEqualTo(BODY.length);
        prepared.close();
        prepared.close();
        assertThat(closed).hasValue(0);
        onItsWay.release();
        assertThat(closed).hasValue(1);
        assertThat(prepared.region()).isNull();
        // One that is written too late.
        prepared.keep(MemoryFile.of(BODY, directory, closed::incrementAndGet));
        assertThat(closed).hasValue(2);
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
        assertThat(prepared.body()).hasValue(BODY);
        assertThat(first.refCnt()).isZero();
        prepared.close();
        assertThat(next.refCnt()).isZero();
        assertThat(prepared.body()).isEmpty();
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
