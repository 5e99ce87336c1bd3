package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithLength;
import io.forebay.model.ForebayException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An origin's page in HTML, whatever it holds: refused, or read to files that are written and read back the same. */
class HtmlPageFuzz {
    static Stream<Arguments> seeds() {
        return Stream.of(
                page(
                        "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" content=\"1.1\"></head><body>"
                                + "<a href=\"https://files.pythonhosted.org/packages/aa/demo-1.0.tar.gz#sha256=00112233aabbccdd\""
                                + " data-requires-python=\"&gt;=3.8\" data-yanked=\"bad &amp; old\">demo-1.0.tar.gz</a><br>"
                                + "<a href='../../demo-1.1%2Blocal-py3-none-any.whl' data-core-metadata=true>x</a></body></html>"),
                page("<base href=/x/><a href=a.zip data-dist-info-metadata=sha256=0011223344 data-gpg-sig=false>"
                        + "<a href=//other/b.whl?q=1#md5=00112233 data-provenance=p>"),
                page("<input type=password>"));
    }

    private static Arguments page(String text) {
        return arguments((Object) text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("seeds")
    @DictionaryEntries({
        "<a href=",
        "<base href=",
        "data-yanked=",
        "data-core-metadata=",
        "#sha256=",
        "&amp;",
        "&#",
        "%2F",
        "</a>"
    })
    @FuzzTest(maxDuration = "6s")
    void read_anything_refusedOrStable(byte @NotNull @WithLength(max = 4096) [] body) {
        List<PageFile> files = new ArrayList<>();
        PageHead head;
        try {
            head = HtmlPage.read(body, Optional.of("text/html"), Fixtures.BASE, files::add);
        } catch (ForebayException e) {
            assertThat(e.kind()).isEqualTo(ForebayException.Kind.ORIGIN_INVALID);
            return;
        }
        assertThat(files).hasSizeLessThanOrEqualTo(body.length / "<a href=x".length() + 1);
        assertThat(files).allSatisfy(file -> assertThat(file.url()).matches("(?i)https?:.*"));
        byte[] once = PageCopies.html(head, files);
        List<PageFile> again = new ArrayList<>();
        PageHead headAgain = HtmlPage.read(once, Optional.of("text/html"), Fixtures.BASE, again::add);
        assertThat(names(again)).isEqualTo(names(files));
        byte[] twice = PageCopies.html(headAgain, again);
        assertThat(new String(twice, StandardCharsets.UTF_8)).isEqualTo(new String(once, StandardCharsets.UTF_8));
    }

    private static List<String> names(List<PageFile> files) {
        return files.stream().map(file -> file.name() + " " + file.url()).toList();
    }
}
