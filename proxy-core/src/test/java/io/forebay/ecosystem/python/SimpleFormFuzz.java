package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithUtf8Length;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Any Accept and any query choose one form, and choose it by what they say, not by how it is spelled. */
class SimpleFormFuzz {
    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments(SimpleForm.ORIGIN_ACCEPT, ""),
                arguments("*/*", "format=application/vnd.pypi.simple.latest+json"),
                arguments("text/html;q=0.01, application/vnd.pypi.simple.v1+json ; q=1.000", "x=y&format=text%2Fhtml"));
    }

    @MethodSource("seeds")
    @DictionaryEntries({"text/html", "application/vnd.pypi.simple.v1+json", ";q=0.", ";q=1", ",", "*/*", "application/*"
    })
    @FuzzTest(maxDuration = "6s")
    void accept_anything_formByMeaning(
            @NotNull @WithUtf8Length(max = 300) String accept, @NotNull @WithUtf8Length(max = 80) String query) {
        SimpleForm form = SimpleForm.of(Optional.of(accept), Optional.empty());

        List<String> elements = new ArrayList<>(List.of(accept.split(",", -1)));
        Collections.reverse(elements);
        assertThat(SimpleForm.of(Optional.of(String.join(",", elements)), Optional.empty()))
                .as("order of the elements")
                .isEqualTo(form);
        assertThat(SimpleForm.of(Optional.of(accept + ", image/png"), Optional.empty()))
                .as("a type that no page has")
                .isEqualTo(form);
        assertThat(SimpleForm.of(Optional.of(accept.toLowerCase(Locale.ROOT)), Optional.empty()))
                .as("letter case")
                .isEqualTo(form);
        Optional<String> queried = Optional.of(query);
        SimpleForm both = SimpleForm.of(Optional.of(accept), queried);
        boolean named = SimpleForm.of(Optional.of("text/html"), queried)
                == SimpleForm.of(Optional.of(SimpleForm.JSON_V1.contentType()), queried);
        assertThat(both)
                .as("the query goes first, Accept decides without one")
                .isEqualTo(named ? SimpleForm.of(Optional.empty(), queried) : form);
    }
}
