package io.forebay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NonNegative;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithUtf8Length;
import io.forebay.http.ByteRange.Wish;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Any Range for any length: a part lies inside the body, and is the one that RFC 9110 section 14 says. */
class ByteRangeFuzz {
    private static final Pattern SINGLE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments("bytes=0-0", 1L),
                arguments("bytes=-500", 100L),
                arguments("bytes=10-", 11L),
                arguments("bytes=5-2", 9L),
                arguments("bytes= 1 - 4 ", 3L),
                arguments("bytes=0-1,4-5", 9L),
                arguments("bytes=999999999999999999-", 0L));
    }

    @MethodSource("seeds")
    @DictionaryEntries({"bytes=", "-", ",", "999999999999999999", "9223372036854775808", " "})
    @FuzzTest(maxDuration = "6s")
    void of_anything_insideTheBody(@NotNull @WithUtf8Length(max = 60) String field, @NonNegative long length) {
        Wish wish = ByteRange.of(Optional.of(field), length);
        if (wish instanceof Wish.Part part) {
            ByteRange range = part.range();
            assertThat(range.first()).isBetween(0L, range.last());
            assertThat(range.last()).isLessThan(length);
            assertThat(range.length()).isBetween(1L, length);
            String written = "bytes=" + range.first() + "-" + range.last();
            if (range.last() < 1_000_000_000_000_000_000L) {
                assertThat(ByteRange.of(Optional.of(written), length)).isEqualTo(wish);
            }
        }
        Matcher single = SINGLE.matcher(field);
        if (single.matches()) {
            assertThat(wish).isEqualTo(expected(single.group(1), single.group(2), length));
        }
    }

    private static Wish expected(String from, String to, long length) {
        BigInteger end = BigInteger.valueOf(length);
        if (from.isEmpty()) {
            if (to.isEmpty()) {
                return new Wish.Whole();
            }
            BigInteger suffix = new BigInteger(to).min(end);
            return suffix.signum() == 0 ? new Wish.Unsatisfiable() : part(end.subtract(suffix), end);
        }
        BigInteger first = new BigInteger(from);
        BigInteger after = to.isEmpty() ? end : new BigInteger(to).add(BigInteger.ONE);
        if (!to.isEmpty() && after.compareTo(first) <= 0) {
            return new Wish.Whole();
        }
        return first.compareTo(end) >= 0 ? new Wish.Unsatisfiable() : part(first, after.min(end));
    }

    private static Wish part(BigInteger first, BigInteger after) {
        return new Wish.Part(new ByteRange(
                first.longValueExact(), after.subtract(BigInteger.ONE).longValueExact()));
    }
}
