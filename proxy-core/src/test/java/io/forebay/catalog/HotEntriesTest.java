package io.forebay.catalog;

import static io.forebay.catalog.CatalogContract.A;
import static io.forebay.catalog.CatalogContract.B;
import static io.forebay.catalog.CatalogContract.FILE;
import static io.forebay.catalog.CatalogContract.PAGE;
import static io.forebay.catalog.CatalogContract.T1;
import static io.forebay.catalog.CatalogContract.T2;
import static io.forebay.catalog.CatalogContract.entry;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HotEntriesTest {
    private final HotEntries hot = new HotEntries(100);

    @Test
    void fill_nothingWrittenMeanwhile_isKept() {
        hot.fill(entry(PAGE, A, T1), hot.stamp(PAGE));
        assertThat(hot.get(PAGE)).contains(entry(PAGE, A, T1));
        assertThat(hot.get(FILE)).isEmpty();
    }

    @Test
    void fill_writtenMeanwhile_theWriteStays() {
        long stamp = hot.stamp(PAGE);
        hot.put(entry(PAGE, B, T2));
        hot.fill(entry(PAGE, A, T1), stamp);
        assertThat(hot.get(PAGE)).contains(entry(PAGE, B, T2));
    }

    @Test
    void fill_forgottenMeanwhile_staysForgotten() {
        long stamp = hot.stamp(PAGE);
        hot.remove(PAGE);
        hot.fill(entry(PAGE, A, T1), stamp);
        assertThat(hot.get(PAGE)).isEmpty();
    }

    @Test
    void fill_validatedMeanwhile_isNotKept() {
        long stamp = hot.stamp(PAGE);
        hot.validated(PAGE, T2);
        hot.fill(entry(PAGE, A, T1), stamp);
        assertThat(hot.get(PAGE)).isEmpty();
    }

    @Test
    void entries_overTheLimit_areEvicted() {
        HotEntries small = new HotEntries(10);
        for (int i = 0; i < 1_000; i++) {
            small.put(entry(io.forebay.model.ResourceKey.of("s", "p" + i), A, T1));
        }
        assertThat(small.size()).isLessThanOrEqualTo(10);
    }
}
