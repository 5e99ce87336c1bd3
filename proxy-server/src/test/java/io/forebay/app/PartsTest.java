package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.cache.CacheOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PartsTest {
    @Test
    void cache_ofNoConfiguration_isWhatTheCacheHasByItself() {
        Configuration defaults =
                ConfigurationReader.read(Optional.empty(), Map.of(), List.of()).configuration();
        assertThat(new Parts(defaults).cache()).isEqualTo(CacheOptions.DEFAULTS);
    }
}
