package io.forebay.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.model.ForebayException.Kind;
import io.forebay.model.Plan;
import io.forebay.model.View;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache with one place for fetches, and one to wait for it. */
class OverloadTest {
    private static final CacheOptions TIGHT = CacheFixture.with(
            new CacheOptions.Fetches(1, 1, CacheFixture.PATIENCE.multipliedBy(2), CacheFixture.PATIENCE));

    @TempDir
    Path directory;

    private final byte[] body = CacheFixture.bytes(10_000);
    private final CountDownLatch gate = new CountDownLatch(1);

    private BodyReader occupied(CacheFixture fixture) {
        fixture.origin.on("/slow", Scripts.gated(body, 100, gate));
        fixture.origin.on("/next", Reply.of(200, body));
        fixture.origin.on("/more", Reply.of(200, body));
        BodyReader first = fixture.begin(fixture.artifact("/slow"));
        CacheFixture.await("asked", () -> fixture.origin.requests("/slow") == 1);
        return first;
    }

    private static BodyReader begin(CacheFixture fixture, Plan plan, String client) {
        return BodyReader.of(fixture.cache
                .open(plan, View.Gate.open())
                .contextWrite(context -> PackageCache.askedBy(context, client)));
    }

    @Test
    void open_placesAreTaken_waitsThenIsAnswered() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            BodyReader first = occupied(fixture);
            BodyReader second = fixture.begin(fixture.artifact("/next"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            assertThat(fixture.origin.requests("/next")).isZero();
            gate.countDown();
            assertThat(first.awaitEnd().bytes()).isEqualTo(body);
            assertThat(second.awaitEnd().bytes()).isEqualTo(body);
            assertThat(fixture.cache.waitingFetches()).isZero();
        }
    }

    @Test
    void open_queueIsFull_refusedAtOnceAndNotRemembered() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            BodyReader first = occupied(fixture);
            BodyReader second = fixture.begin(fixture.artifact("/next"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            ForebayException refusal = fixture.failure(fixture.artifact("/more"));
            assertThat(refusal.kind()).isEqualTo(Kind.OVERLOADED);
            assertThat(refusal.retryAfter()).isPresent();
            assertThat(fixture.cache.refusedFetches()).isEqualTo(1);
            gate.countDown();
            first.awaitEnd();
            second.awaitEnd();
            assertThat(fixture.get(fixture.artifact("/more")).bytes()).isEqualTo(body);
        }
    }

    @Test
    void open_followersOfARunningAndOfAWaitingFlight_needNoPlace() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            BodyReader first = occupied(fixture);
            BodyReader follower = begin(fixture, fixture.artifact("/slow"), "b");
            BodyReader second = begin(fixture, fixture.artifact("/next"), "a");
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            BodyReader alsoSecond = begin(fixture, fixture.artifact("/next"), "b");
            CacheFixture.await("joined", () -> fixture.cache.followers() == 4);
            assertThat(fixture.cache.waitingFetches()).isEqualTo(1);
            gate.countDown();
            assertThat(first.awaitEnd().bytes()).isEqualTo(body);
            assertThat(follower.awaitEnd().bytes()).isEqualTo(body);
            assertThat(second.awaitEnd().bytes()).isEqualTo(body);
            assertThat(alsoSecond.awaitEnd().bytes()).isEqualTo(body);
            assertThat(fixture.origin.requests("/next")).isEqualTo(1);
            assertThat(fixture.cache.refusedFetches()).isZero();
        }
    }

    @Test
    void open_waitingClientLeaves_itsFlightIsEndedAndNothingAsked() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            BodyReader first = occupied(fixture);
            BodyReader leaving = fixture.begin(fixture.artifact("/next"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            leaving.leave();
            CacheFixture.await("left", () -> fixture.cache.waitingFetches() == 0);
            BodyReader other = fixture.begin(fixture.artifact("/more"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            gate.countDown();
            first.awaitEnd();
            assertThat(other.awaitEnd().bytes()).isEqualTo(body);
            fixture.awaitLanded();
            assertThat(fixture.origin.requests("/next")).isZero();
        }
    }

    @Test
    void fetch_onceMorePastCaches_takesAPlaceToo() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            fixture.origin.on("/wrong", Scripts.sequence(Reply.of(200, new byte[100]), Scripts.gated(body, 100, gate)));
            fixture.origin.on("/next", Reply.of(200, body));
            fixture.failure(fixture.promised("/wrong", body));
            CacheFixture.await("asked again", () -> fixture.origin.requests("/wrong") == 2);
            BodyReader second = fixture.begin(fixture.artifact("/next"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            assertThat(fixture.origin.requests("/next")).isZero();
            gate.countDown();
            assertThat(second.awaitEnd().bytes()).isEqualTo(body);
        }
    }

    @Test
    void open_held_isNotQueued() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            fixture.origin.on("/held", Reply.of(200, body));
            fixture.get(fixture.artifact("/held"));
            fixture.awaitLanded();
            BodyReader first = occupied(fixture);
            BodyReader second = fixture.begin(fixture.artifact("/next"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            assertThat(fixture.get(fixture.artifact("/held")).bytes()).isEqualTo(body);
            gate.countDown();
            first.awaitEnd();
            second.awaitEnd();
        }
    }

    @Test
    void head_placesAreTaken_waitsThenIsAnswered() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            BodyReader first = occupied(fixture);
            BodyReader head = BodyReader.of(fixture.cache.head(fixture.artifact("/next"), View.Gate.open()));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            assertThat(fixture.origin.requests("/next")).isZero();
            gate.countDown();
            assertThat(head.awaitHead().body().length()).hasValue(body.length);
            assertThat(first.awaitEnd().bytes()).isEqualTo(body);
            head.awaitEnd();
        }
    }

    @Test
    void head_placesAndQueueAreFull_isRefused() {
        try (CacheFixture fixture = CacheFixture.in(directory, TIGHT)) {
            BodyReader first = occupied(fixture);
            BodyReader second = fixture.begin(fixture.artifact("/next"));
            CacheFixture.await("waits", () -> fixture.cache.waitingFetches() == 1);
            assertThatThrownBy(() -> fixture.head(fixture.artifact("/more")))
                    .isInstanceOfSatisfying(ForebayException.class, refusal -> assertThat(refusal.kind())
                            .isEqualTo(Kind.OVERLOADED));
            gate.countDown();
            first.awaitEnd();
            second.awaitEnd();
        }
    }

    @Test
    void fetches_limitsThatMakeNoSense_areRefused() {
        assertThatThrownBy(() -> new CacheOptions.Fetches(0, 1, Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CacheOptions.Fetches(1, 1, Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
