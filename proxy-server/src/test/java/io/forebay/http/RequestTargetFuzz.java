package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithUtf8Length;
import io.forebay.model.ForebayException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Any request target: refused as a bad request, or segments that no encoding can make a way out of, spelled back the same. */
class RequestTargetFuzz {
    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments("/cran/latest/src/contrib/x_1.0.tar.gz"),
                arguments("/pypi/simple//flask/?format=application/json"),
                arguments("/a/%2e%2e/%2fb%5c"),
                arguments("/p/demo-1%2Blocal.whl;x=1"),
                arguments("/caf%C3%A9/..;/"),
                arguments("http://host/x"));
    }

    @MethodSource("seeds")
    @DictionaryEntries({"%2e", "%2F", "..", "/./", "%", "%C0%AF", "%00", "?", ";", "//", "%5C", "%25"})
    @FuzzTest(maxDuration = "6s")
    void parse_anything_refusedOrSafe(@NotNull @WithUtf8Length(max = 400) String raw) {
        RequestTarget target;
        try {
            target = RequestTarget.parse(raw);
        } catch (ForebayException e) {
            assertThat(e.kind()).isEqualTo(ForebayException.Kind.BAD_REQUEST);
            return;
        }
        assertThat(target.segments()).hasSizeLessThanOrEqualTo(64).allSatisfy(segment -> assertThat(segment)
                .isNotEmpty()
                .isNotIn(".", "..")
                .doesNotContain("/", "\\")
                .matches(text -> text.chars().noneMatch(c -> c < ' ' || c == 0x7f), "no control character"));
        assertThat(target.directory()).isEqualTo(raw.split("\\?", -1)[0].endsWith("/"));

        assertThat(RequestTarget.parse(written(target, "/"))).isEqualTo(target);
        assertThat(RequestTarget.parse(written(target, "//")))
                .as("two slashes are one")
                .isEqualTo(target);
    }

    private static String written(RequestTarget target, String slash) {
        StringBuilder path = new StringBuilder();
        for (String segment : target.segments()) {
            path.append(slash);
            for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
                path.append(String.format("%%%02x", b & 0xff));
            }
        }
        if (target.directory()) {
            path.append(slash);
        }
        return path + target.query().map(query -> "?" + query).orElse("");
    }
}
