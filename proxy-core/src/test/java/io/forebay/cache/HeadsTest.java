package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import io.forebay.model.Head;
import io.forebay.upstream.OriginAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

class HeadsTest {
    private static final Checksum PROMISED = new Checksum(Algorithm.SHA256, "0123456789abcdef".repeat(4));

    private record Origin(HttpHeaders headers) implements OriginAnswer {
        @Override
        public int status() {
            return 200;
        }

        @Override
        public OptionalLong length() {
            return OptionalLong.empty();
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.empty();
        }

        @Override
        public boolean delimited() {
            return true;
        }

        @Override
        public URI url() {
            return URI.create("http://127.0.0.1/x");
        }

        @Override
        public Flux<ByteBuf> body() {
            return Flux.empty();
        }
    }

    private static Head of(String name, String value, Expectation expected) {
        return Heads.of(new Origin(new DefaultHttpHeaders().add(name, value)), expected);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"a\"', true",
        "'\"\"', true",
        "'W/\"a\"', true",
        "'W/\"\"', true",
        "'\"', false",
        "'W/\"', false",
        "'W/', false",
        "a, false",
        "'\"a', false",
        "'a\"', false"
    })
    void head_entityTagOfTheOrigin_onlyOneThatIsWellFormed(String value, boolean tag) {
        Head head = of("etag", value, Expectation.NONE);
        assertThat(head.originEtag()).isEqualTo(tag ? Optional.of(value) : Optional.empty());
        assertThat(head.etag()).isEqualTo(tag && value.startsWith("\"") ? Optional.of(value) : Optional.empty());
    }

    @Test
    void head_weakOrNoTag_isThatOfThePromise() {
        String expected = "\"0123456789abcdef0123456789abcdef\"";
        assertThat(of("etag", "W/\"a\"", Expectation.of(PROMISED)).etag()).contains(expected);
        assertThat(of("x", "y", Expectation.of(PROMISED)).etag()).contains(expected);
        assertThat(of("etag", "\"a\"", Expectation.of(PROMISED)).etag()).contains("\"a\"");
    }

    @ParameterizedTest
    @CsvSource({"512, true", "513, false"})
    void head_longValue_isLeftOutBeyondTheLimit(int length, boolean kept) {
        String value = "t".repeat(length);
        assertThat(of("content-type", value, Expectation.NONE).contentType())
                .isEqualTo(kept ? Optional.of(value) : Optional.empty());
    }

    @Test
    void head_fieldsThatClientsActOn_arePassedOnAndNoOthers() {
        HttpHeaders headers =
                new DefaultHttpHeaders().add("X-PyPI-Last-Serial", "7").add("x-other", "8");
        assertThat(Heads.of(new Origin(headers), Expectation.NONE).extra())
                .isEqualTo(Map.of("x-pypi-last-serial", "7"));
    }
}
