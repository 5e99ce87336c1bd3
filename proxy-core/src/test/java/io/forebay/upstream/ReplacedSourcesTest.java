package io.forebay.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.model.ForebayException;
import io.forebay.testing.ScriptedOrigin;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sources that change while origins are asked. */
class ReplacedSourcesTest {
    private final ScriptedOrigin one = ScriptedOrigin.start();
    private final ScriptedOrigin two = ScriptedOrigin.start();
    private final HttpOrigins origins = HttpOrigins.create(
            OriginsFixture.options(OriginsFixture.LONG, OriginsFixture.LONG), Map.of("s", told(one, "old")));
    private final OriginsFixture asking = OriginsFixture.of(origins, one.url(""));

    ReplacedSourcesTest() {
        one.otherwise(Reply.of(200, new byte[1]));
        two.otherwise(Reply.of(200, new byte[2]));
    }

    @AfterEach
    void close() {
        asking.close();
        one.close();
        two.close();
    }

    private static OriginOptions told(ScriptedOrigin origin, String token) {
        return new OriginOptions(
                origin.url(""),
                List.of(),
                Optional.of(Credentials.bearer(token)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private int length(ScriptedOrigin origin) {
        return asking.exchange(OriginRequest.get("s", origin.url("/f"), Map.of()))
                .body()
                .length;
    }

    private static String authorization(ScriptedOrigin origin) {
        return origin.requests()
                .get(origin.requests().size() - 1)
                .header("authorization")
                .orElse("none");
    }

    @Test
    void exchange_ofAPlanMadeBefore_goesToTheOldSourceAsItWas() {
        origins.replace(Map.of("s", told(two, "new")));
        assertThat(length(two)).isEqualTo(2);
        assertThat(authorization(two)).isEqualTo("Bearer new");
        assertThat(length(one)).as("of a fetch that began before").isEqualTo(1);
        assertThat(authorization(one)).isEqualTo("Bearer old");
    }

    @Test
    void exchange_sameUrlWithOtherCredentials_tellsTheNewOnes() {
        origins.replace(Map.of("s", told(one, "new")));
        assertThat(length(one)).isEqualTo(1);
        assertThat(authorization(one)).isEqualTo("Bearer new");
    }

    @Test
    void exchange_toAHostThatNoDeclarationNames_isRefused() {
        origins.replace(Map.of("s", told(one, "new")));
        assertThat(asking.failure(OriginRequest.get("s", two.url("/f"), Map.of()))
                        .kind())
                .isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
    }

    @Test
    void replace_sourceThatCannotBeUsed_changesNothing() {
        OriginOptions broken = new OriginOptions(
                URI.create("https://127.0.0.1:9"),
                List.of(),
                Optional.empty(),
                Optional.of(Path.of("none.pem")),
                Optional.empty(),
                Optional.empty());
        assertThatThrownBy(() -> origins.replace(Map.of("s", told(two, "new"), "t", broken)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("sources.t.ca: none.pem");
        assertThat(origins.health()).containsOnlyKeys("s");
        assertThat(asking.failure(OriginRequest.get("s", two.url("/f"), Map.of()))
                        .kind())
                .isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
    }

    @Test
    void replace_keepsTheHealthOfAUrlThatStays_andBeginsAnewWithAnother() {
        length(one);
        origins.replace(Map.of("s", told(one, "new")));
        assertThat(origins.health().get("s").lastSuccess()).isPositive();
        origins.replace(Map.of("s", told(two, "new")));
        assertThat(origins.health().get("s").lastSuccess()).isZero();
        assertThat(origins.traffic().get("s").requests())
                .as("counted for the name")
                .isEqualTo(1);
    }
}
