package io.forebay.load.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PopularityTest {
    @Test
    void zipf_thousandRanks_theFirstIsDrawnTwiceAsOftenAsTheSecond() {
        Zipf zipf = new Zipf(1000);
        SplittableRandom random = new SplittableRandom(7);
        int[] drawn = new int[1000];
        for (int i = 0; i < 1_000_000; i++) {
            drawn[zipf.next(random)]++;
        }
        assertThat(drawn[0] / (double) drawn[1]).isCloseTo(2, within(0.1));
        assertThat(drawn[0] / (double) drawn[9]).isCloseTo(10, within(0.5));
    }

    @Test
    void sizes_ofTheCatalogue_haveTheMedianAndTheTailOfRealOnes() {
        Catalogue catalogue = new Catalogue(1);
        int[] sizes = IntStream.range(0, 4_000)
                .map(rank -> catalogue.source(rank).length())
                .toArray();
        Arrays.sort(sizes);
        assertThat(sizes[2_000]).isBetween(115_000, 155_000);
        assertThat(sizes[3_600]).isBetween(7_000_000, 11_500_000);
    }

    @Test
    void names_everyNumber_comesBack() {
        for (int number = 0; number < Names.COUNT; number += 17) {
            assertThat(Names.number(Names.of(number))).hasValue(number);
            assertThat(Names.number(Names.capital(number))).hasValue(number);
        }
        assertThat(Names.number("numpy")).isEmpty();
        assertThat(Names.number("badabaxx")).isEmpty();
    }
}
