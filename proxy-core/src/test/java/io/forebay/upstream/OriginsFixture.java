package io.forebay.upstream;

import io.forebay.model.ForebayException;
import io.forebay.testing.ScriptedOrigin;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import reactor.core.publisher.Mono;

/** Origins under test with one source, {@code s}, and short time-outs; asked from the test's own thread. */
final class OriginsFixture implements AutoCloseable {
    static final Duration SHORT = Duration.ofMillis(250);
    static final Duration LONG = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    /** An answer, read to its end. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Got(int status, HttpHeaders headers, OptionalLong length, boolean delimited, URI url, byte[] body) {}

    private final Origins origins;
    private final URI base;

    private OriginsFixture(Origins origins, URI base) {
        this.origins = origins;
        this.base = base;
    }

    static OriginsFixture plain(ScriptedOrigin origin) {
        return of(options(LONG, LONG), OriginOptions.of(origin.url("")));
    }

    static OriginsFixture of(UpstreamOptions options, OriginOptions source) {
        return new OriginsFixture(HttpOrigins.create(options, Map.of("s", source)), source.url());
    }

    static OriginsFixture of(Origins origins, URI base) {
        return new OriginsFixture(origins, base);
    }

    /** One connection at a time: what is not given back is missed by the next request. */
    static UpstreamOptions options(Duration firstByte, Duration idle) {
        return new UpstreamOptions(
                Duration.ofSeconds(2), firstByte, idle, 1, 100, LONG, LONG, 5, 32 * 1024, "forebay/test");
    }

    Origins origins() {
        return origins;
    }

    Got get(String target) {
        return get(target, Map.of());
    }

    Got get(String target, Map<String, String> headers) {
        return exchange(OriginRequest.get("s", URI.create(base + target), headers));
    }

    Got head(String target) {
        return exchange(new OriginRequest("s", URI.create(base + target), Map.of(), true));
    }

    Got exchange(OriginRequest request) {
        List<Got> got =
                origins.exchange(request, OriginsFixture::read).collectList().block(PATIENCE);
        return got.get(0);
    }

    /** Asks for something that must fail. */
    ForebayException failure(String target) {
        return failure(target, Map.of());
    }

    ForebayException failure(String target, Map<String, String> headers) {
        return failure(OriginRequest.get("s", URI.create(base + target), headers));
    }

    ForebayException failure(OriginRequest request) {
        try {
            Got got = exchange(request);
            throw new AssertionError("answered " + got.status() + " with " + got.body().length + " bytes");
        } catch (ForebayException e) {
            return e;
        }
    }

    @Override
    public void close() {
        origins.close();
    }

    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Takes ownership of the buffer. */
    static ByteArrayOutputStream append(ByteArrayOutputStream to, ByteBuf buffer) {
        to.writeBytes(ByteBufUtil.getBytes(buffer));
        buffer.release();
        return to;
    }

    static Mono<Got> read(OriginAnswer answer) {
        return answer.body()
                .reduceWith(ByteArrayOutputStream::new, OriginsFixture::append)
                .map(body -> got(answer, body));
    }

    private static Got got(OriginAnswer answer, ByteArrayOutputStream body) {
        return new Got(
                answer.status(),
                new DefaultHttpHeaders().add(answer.headers()),
                answer.length(),
                answer.delimited(),
                answer.url(),
                body.toByteArray());
    }
}
