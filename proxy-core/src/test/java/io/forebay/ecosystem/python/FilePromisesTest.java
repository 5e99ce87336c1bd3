package io.forebay.ecosystem.python;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Algorithm;
import io.forebay.model.Checksum;
import io.forebay.model.Expectation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is put in is found, whatever the names are and however many. */
@DisplayName("reliability 33: what the index promises of a file")
class FilePromisesTest {
    private static Expectation random(Random random) {
        List<Checksum> checksums = new ArrayList<>();
        for (Algorithm algorithm : Algorithm.values()) {
            if (random.nextInt(4) == 0) {
                StringBuilder hex = new StringBuilder();
                while (hex.length() < algorithm.hexLength()) {
                    hex.append(Character.forDigit(random.nextInt(16), 16));
                }
                checksums.add(new Checksum(algorithm, hex.toString()));
            }
        }
        OptionalLong size =
                random.nextBoolean() ? OptionalLong.of(random.nextLong() & Long.MAX_VALUE) : OptionalLong.empty();
        return new Expectation(checksums, size);
    }

    private static String name(Random random, int number) {
        String odd = random.nextInt(8) == 0 ? "\u00e9\u4e2d\ud83d\ude00" : "";
        return "demo-" + odd + "x".repeat(random.nextInt(40)) + number;
    }

    @Test
    void expectation_ofManyFiles_isThatOfEach() {
        Random random = new Random(7);
        Map<String, Expectation> all = new HashMap<>();
        FilePromises.Builder builder = new FilePromises.Builder(0);
        for (int number = 0; number < 20_000; number++) {
            String name = name(random, number);
            Expectation promised = random(random);
            builder.add(name, promised);
            if (!promised.isNone()) {
                all.put(name, promised);
            }
        }
        FilePromises promises = builder.build();
        all.forEach((name, promised) -> {
            assertThat(promises.expectation(name)).hasValue(promised);
            assertThat(promises.expectation("un" + name)).isEmpty();
        });
        assertThat(all).hasSizeGreaterThan(15_000);
        assertThat(promises.weight()).isBetween(1_000_000L, 10_000_000L);
    }

    @Test
    void expectation_promisedTwice_isTheFirst() {
        FilePromises.Builder builder = new FilePromises.Builder(100);
        builder.add("demo-1.zip", Expectation.NONE);
        builder.add("demo-1.zip", new Expectation(List.of(), OptionalLong.of(0)));
        builder.add("demo-1.zip", new Expectation(List.of(), OptionalLong.of(2)));
        assertThat(builder.build().expectation("demo-1.zip")).hasValue(new Expectation(List.of(), OptionalLong.of(0)));
    }

    @Test
    void expectation_ofMoreChecksumsThanAByteCounts_hasThemAll() {
        Expectation many = new Expectation(
                Collections.nCopies(256, new Checksum(Algorithm.MD5, "a".repeat(32))), OptionalLong.empty());
        FilePromises.Builder builder = new FilePromises.Builder(0);
        builder.add("demo-1.zip", many);
        assertThat(builder.build().expectation("demo-1.zip")).hasValue(many);
    }

    @Test
    void expectation_ofNothing_isEmpty() {
        FilePromises promises = new FilePromises.Builder(1000).build();
        assertThat(promises.expectation("")).isEmpty();
        assertThat(promises.expectation("demo-1.zip")).isEmpty();
        assertThat(promises.weight()).isLessThan(1000);
    }
}
