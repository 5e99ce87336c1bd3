package io.forebay.ecosystem.r;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackagesWriterTest {
    private static String written(String index) {
        List<PackageRow> rows = DcfReader.read(index.getBytes(StandardCharsets.ISO_8859_1), tag -> true);
        return new String(new PackagesWriter(rows).write(PackagesForm.PLAIN), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Package: a\nX: b\n        .\n        .\n",
                "Package: a\nX: b\n        .\n        c\n        .\n",
                "Package: a\nX: b\n        .\u001d\n",
                "Package: a\nVersion: 1\n\nPackage: b\nVersion: 2\n"
            })
    void write_whatItWrote_isTheSame(String index) {
        assertThat(written(index)).isEqualTo(index);
    }
}
