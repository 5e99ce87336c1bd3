package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static Settings settings(String url) {
        return Settings.of(ConnectionFactoryOptions.parse(url));
    }

    @ParameterizedTest
    @CsvSource({
        "r2dbc:sqlite:///var/data/x.db, /var/data/x.db",
        "r2dbc:sqlite:///var/a%20b.db, /var/a b.db",
        "r2dbc:sqlite://./data/x.db, data/x.db",
        "r2dbc:sqlite:///C:/data/x.db, C:/data/x.db",
        "r2dbc:sqlite:///ignored?file=rel.db, rel.db",
    })
    void of_url_file(String url, String file) {
        assertThat(settings(url).file()).contains(file);
    }

    @Test
    void of_memory_noFileAndDefaults() {
        assertThat(settings("r2dbc:sqlite:///:memory:"))
                .isEqualTo(new Settings(
                        Optional.empty(),
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        true,
                        Optional.empty()));
    }

    @Test
    void of_durations_inEveryForm() {
        assertThat(settings("r2dbc:sqlite:///x?busyTimeout=250").busyTimeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(settings("r2dbc:sqlite:///x?lockWaitTimeout=PT2S").busyTimeout())
                .isEqualTo(Duration.ofSeconds(2));
        assertThat(settings("r2dbc:sqlite:///x?statement-timeout=PT1M").statementTimeout())
                .isEqualTo(Duration.ofMinutes(1));
        assertThat(Settings.of(ConnectionFactoryOptions.builder()
                                .option(ConnectionFactoryOptions.DRIVER, "sqlite")
                                .option(SqliteConnectionFactoryProvider.FILE, "x.db")
                                .option(SqliteConnectionFactoryProvider.BUSY_TIMEOUT, Duration.ofSeconds(9))
                                .build())
                        .busyTimeout())
                .isEqualTo(Duration.ofSeconds(9));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "busyTimeout=soon",
                "busyTimeout=PT-1S",
                "journalMode=FAST",
                "synchronous=MAYBE",
                "readOnly=yes",
                "foreignKeys=1",
                "cacheSize=big",
            })
    void of_wrongValue_isNamed(String option) {
        assertThatThrownBy(() -> ConnectionFactories.get("r2dbc:sqlite:///x?" + option))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(option.substring(0, option.indexOf('=')));
    }

    @ParameterizedTest
    @ValueSource(strings = {"r2dbc:sqlite://", "r2dbc:sqlite://host/x.db", "r2dbc:sqlite:///a%3Fb"})
    void of_urlWithoutAFileOfOurs_refused(String url) {
        assertThatThrownBy(() -> settings(url)).isInstanceOf(IllegalArgumentException.class);
    }
}
