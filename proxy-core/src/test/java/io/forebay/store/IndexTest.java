package io.forebay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.Digest;
import org.junit.jupiter.api.Test;

class IndexTest {
    private static final Digest DIGEST = Bytes.digest(new byte[] {1});
    private static final Location FIRST = new Location.Large(100, 1, 70, true);
    private static final Location SECOND = new Location.Large(30, 2, 70, true);
    private static final Location ADOPTED = new Location.Large(Location.UNKNOWN, 0, 0, false);

    private final Index index = new Index();

    @Test
    void put_overAnother_answersItAndCountsTheNewOne() {
        assertThat(index.put(DIGEST, FIRST)).isEmpty();
        assertThat(index.put(DIGEST, SECOND)).contains(FIRST);
        assertThat(index.bytes()).isEqualTo(30);
        assertThat(index.remove(DIGEST)).contains(SECOND);
        assertThat(index.remove(DIGEST)).isEmpty();
        assertThat(index.bytes()).isZero();
    }

    @Test
    void replaceAndRemove_whatIsNotThereAnyMore_changeNothing() {
        index.put(DIGEST, SECOND);
        assertThat(index.replace(DIGEST, FIRST, ADOPTED)).isFalse();
        assertThat(index.remove(DIGEST, FIRST)).isFalse();
        assertThat(index.find(DIGEST)).contains(SECOND);
        assertThat(index.bytes()).isEqualTo(30);
        assertThat(index.remove(DIGEST, SECOND)).isTrue();
        assertThat(index.bytes()).isZero();
    }

    @Test
    void replace_ofAnUnknownSize_countsItOnceItIsKnown() {
        index.put(DIGEST, ADOPTED);
        assertThat(index.bytes()).isZero();
        assertThat(index.replace(DIGEST, ADOPTED, FIRST)).isTrue();
        assertThat(index.bytes()).isEqualTo(100);
    }
}
