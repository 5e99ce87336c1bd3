package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One spelling out, every spelling in. */
class PercentTest {
    @Test
    void isPlain_everyCharacter_thoseOfRfc3986() {
        for (char c = 0; c < 0x200; c++) {
            boolean unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".indexOf(c) >= 0;
            assertThat(Percent.isPlain(c)).as("character " + (int) c).isEqualTo(unreserved);
        }
    }

    @Test
    void encode_segments_eachByItself() {
        assertThat(Percent.encode(List.of("a b", "c/d", "1.0+cpu", "e:@!"))).isEqualTo("a%20b/c%2Fd/1.0%2Bcpu/e:@!");
        assertThat(Percent.encode("\u00e9\ud83d\ude00x")).isEqualTo("%C3%A9%F0%9F%98%80x");
        assertThat(Percent.encode("x\ud83d")).as("half a character").isEqualTo("x%3F");
    }

    @ParameterizedTest
    @CsvSource({
        "%41, %41",
        "%e2%82%ac, %e2%82%ac",
        "%zz, %25zz",
        "%4, %254",
        "%, %25",
        "a%4g, a%254g",
        "%\uff11\uff11, %25%EF%BC%91%EF%BC%91",
        "a b, a%20b",
        "'\u007f', %7F",
        "'!~', '!~'",
        "'<\">', %3C%22%3E",
        "x\ud83d\ude00y, x%F0%9F%98%80y",
        "x\u00e9, x%C3%A9"
    })
    void repair_whatNoUriMayHold_isEncoded(String reference, String repaired) {
        assertThat(Percent.repair(reference)).isEqualTo(repaired);
    }

    @Test
    void repair_halfACharacterAtTheEnd_isEncoded() {
        assertThat(Percent.repair("x\ud83d")).isEqualTo("x%3F");
    }

    @ParameterizedTest
    @CsvSource({
        "%41%zz%4, A%zz%4",
        "%, %",
        "a%, a%",
        "%4, %4",
        "x%20, 'x '",
        "%e2%82%ac, \u20ac",
        "\ud83d\ude00%2B, \ud83d\ude00+",
        "%\uff11\uff11, %\uff11\uff11"
    })
    void decode_escapes_othersStay(String text, String decoded) {
        assertThat(Percent.decode(text)).isEqualTo(decoded);
    }
}
