package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forebay.catalog.CatalogException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

class DialectTest {
    @ParameterizedTest
    @CsvSource({
        "5, BUSY",
        "6, BUSY",
        "261, BUSY",
        "517, BUSY",
        "11, DAMAGED",
        "267, DAMAGED",
        "26, DAMAGED",
        "13, FULL",
        "8, OTHER",
        "1032, OTHER",
        "10, OTHER",
        "778, OTHER",
        "7, OTHER",
        "14, BUSY",
        "0, BUSY"
    })
    void sqlite_resultCode_givesKind(int code, Kind expected) {
        assertThat(Dialect.SQLITE
                        .translate(new R2dbcNonTransientResourceException("x", "", code))
                        .kind())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "53100, FULL",
        "XX001, DAMAGED",
        "XX002, DAMAGED",
        "40001, BUSY",
        "40P01, BUSY",
        "55P03, BUSY",
        "08006, BUSY",
        "53300, BUSY"
    })
    void postgresql_sqlState_givesKind(String state, Kind expected) {
        assertThat(Dialect.POSTGRESQL
                        .translate(new R2dbcTransientResourceException("x", state))
                        .kind())
                .isEqualTo(expected);
    }

    @Test
    void translate_otherFailures_haveTheirKindAndCause() {
        RuntimeException bug = new IllegalArgumentException("bug");
        assertThat(Dialect.SQLITE.translate(bug).kind()).isEqualTo(Kind.OTHER);
        assertThat(Dialect.SQLITE.translate(bug)).hasCause(bug).hasMessageContaining("bug");
        assertThat(Dialect.SQLITE.translate(new TimeoutException()).kind()).isEqualTo(Kind.BUSY);
        assertThat(Dialect.POSTGRESQL
                        .translate(new R2dbcTimeoutException("pool"))
                        .kind())
                .isEqualTo(Kind.BUSY);
        CatalogException told = new CatalogException(Kind.FULL, "told", null);
        assertThat(Dialect.SQLITE.translate(told)).isSameAs(told);
    }

    @Test
    void of_unknownDatabase_isRefusedByName() {
        ConnectionFactory other = new ConnectionFactory() {
            @Override
            public Publisher<? extends Connection> create() {
                return Mono.empty();
            }

            @Override
            public ConnectionFactoryMetadata getMetadata() {
                return () -> "Oracle";
            }
        };
        assertThatThrownBy(() -> Dialect.of(other)).hasMessageContaining("Oracle");
    }
}
