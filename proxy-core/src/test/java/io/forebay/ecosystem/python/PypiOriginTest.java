package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Links in characters of one spelling take a shorter way through the code, and lead where the long way leads. */
class PypiOriginTest {
    private static final PypiOrigin ORIGIN = new PypiOrigin(Fixtures.PYPI);
    private static final List<String> BASES = List.of(
            "https://pypi.org/simple/demo/",
            "https://pypi.org/simple/demo",
            "https://pypi.org/a/b/../c/",
            "https://PyPI.org:443/%7Eroot/simple/demo/?x=/y/",
            "https://user:secret@pypi.org/simple/demo/",
            "https://files.pythonhosted.org/simple/demo/",
            "https://elsewhere.example/simple/demo/",
            "https://pypi.org");
    private static final List<String> STARTS = List.of(
            "",
            "/",
            "//",
            "../",
            "../../",
            "../../../",
            "./",
            "..",
            "https://files.pythonhosted.org/",
            "https://files.pythonhosted.org:443/",
            "https://files.pythonhosted.org.example/",
            "https://files.pythonhosted.org",
            "http://files.pythonhosted.org/",
            "HTTPS://files.pythonhosted.org/",
            "https://pypi.org/",
            "https://elsewhere.example/");
    private static final List<String> PARTS = List.of(
            "packages/",
            "packages",
            "demo-1.0-py3-none-any.whl",
            "ab/",
            "/",
            ".",
            "..",
            "../",
            ".b",
            "-_~",
            "q",
            "%20",
            "+",
            ":",
            "?a=b",
            "\u00e9");

    /** The same reference with one character escaped, which is none of one spelling any more. */
    private static Optional<String> escaped(String reference, Random random) {
        int scheme = reference.indexOf("://");
        int path = scheme < 0 ? 0 : reference.indexOf('/', scheme + 3);
        for (int tries = 0; tries < 20 && path >= 0 && path < reference.length(); tries++) {
            int at = path + random.nextInt(reference.length() - path);
            char c = reference.charAt(at);
            if (c >= 'a' && c <= 'z' && !isQueryOrEscape(reference, at)) {
                return Optional.of(
                        reference.substring(0, at) + "%" + Integer.toHexString(c) + reference.substring(at + 1));
            }
        }
        return Optional.empty();
    }

    private static boolean isQueryOrEscape(String reference, int at) {
        int query = reference.indexOf('?');
        return (query >= 0 && at > query) || reference.lastIndexOf('%', at) >= Math.max(0, at - 2);
    }

    @Test
    void link_plainAndEscaped_areOne() {
        Random random = new Random(5);
        int compared = 0;
        int led = 0;
        for (int round = 0; round < 20_000; round++) {
            URI base = URI.create(BASES.get(random.nextInt(BASES.size())));
            StringBuilder text = new StringBuilder(STARTS.get(random.nextInt(STARTS.size())));
            for (int part = random.nextInt(5); part > 0; part--) {
                text.append(PARTS.get(random.nextInt(PARTS.size())));
            }
            String reference = text.toString();
            Optional<String> other = escaped(reference, random);
            if (other.isPresent()) {
                Optional<FileLink> link = ORIGIN.link(base, reference, "../");
                compared++;
                led += link.isPresent() ? 1 : 0;
                assertThat(link).as("%s on %s", reference, base).isEqualTo(ORIGIN.link(base, other.get(), "../"));
            }
        }
        assertThat(compared).isGreaterThan(5000);
        assertThat(led).isGreaterThan(1000);
    }

    @Test
    void link_fromTheRootOrUp_isOfTheBasesHost() {
        URI base = URI.create("https://files.pythonhosted.org/simple/demo/");
        for (String reference : List.of("/packages/ab/demo-1.zip", "../../packages/ab/demo-1.zip")) {
            assertThat(ORIGIN.link(base, reference, "../../"))
                    .hasValue(new FileLink("../../packages/ab/demo-1.zip", "packages/ab/demo-1.zip", true));
        }
        assertThat(ORIGIN.link(URI.create("https://pypi.org/simple/demo/"), "../../files/demo-1.zip", "../../"))
                .hasValue(new FileLink("../../files/pypi.org/files/demo-1.zip", "//pypi.org/files/demo-1.zip", true));
    }
}
