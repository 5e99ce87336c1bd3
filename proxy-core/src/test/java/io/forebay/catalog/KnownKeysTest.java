package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.model.ResourceKey;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KnownKeysTest {
    private final KnownKeys keys = new KnownKeys();

    @Test
    void isUnknown_beforeComplete_claimsNothing() {
        assertThat(keys.isUnknown(ResourceKey.of("s", "p"))).isFalse();
        keys.complete();
        assertThat(keys.isUnknown(ResourceKey.of("s", "p"))).isTrue();
    }

    @Test
    void isUnknown_addedKeys_areNeverUnknown() {
        keys.complete();
        for (int i = 0; i < 100_000; i++) {
            keys.add(key(i));
        }
        int wrong = 0;
        for (int i = 0; i < 100_000; i++) {
            assertThat(keys.isUnknown(key(i))).isFalse();
            wrong += keys.isUnknown(key(-1 - i)) ? 0 : 1;
        }
        assertThat(wrong).isLessThan(3);
    }

    @Test
    void print_ofSourcePathAndVariant_doesNotRunThemTogether() {
        Set<Long> prints = new HashSet<>();
        prints.add(KnownKeys.print(new ResourceKey("ab", "c", "")));
        prints.add(KnownKeys.print(new ResourceKey("a", "bc", "")));
        prints.add(KnownKeys.print(new ResourceKey("a", "b", "c")));
        prints.add(KnownKeys.print(new ResourceKey("a", "bc", "c")));
        assertThat(prints).hasSize(4);
    }

    @Test
    void isUnknown_moreKeysThanAreKept_claimsNothing() {
        keys.complete();
        for (int i = 0; i <= KnownKeys.KEYS_MAX; i++) {
            keys.add(key(i));
        }
        assertThat(keys.isUnknown(key(-1))).isFalse();
    }

    private static ResourceKey key(int i) {
        return ResourceKey.of("cran", "src/contrib/p" + i + "_1.0.tar.gz");
    }
}
