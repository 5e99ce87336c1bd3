package io.forebay.r2dbc.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.spi.Blob;
import io.r2dbc.spi.Clob;
import io.r2dbc.spi.ColumnMetadata;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Nullability;
import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.R2dbcType;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class TypesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Connection connection;

    @BeforeEach
    void open() {
        connection = Database.memory().open();
    }

    @AfterEach
    void close() {
        Database.close(connection);
    }

    private <T> T first(String sql, BiFunction<Row, RowMetadata, T> mapping) {
        return Flux.from(connection.createStatement(sql).execute())
                .concatMap(result -> result.map(mapping))
                .blockFirst(LIMIT);
    }

    private <T> T roundTrip(Object value, Class<T> type) {
        return Flux.from(connection.createStatement("SELECT ?").bind(0, value).execute())
                .concatMap(result -> result.map((row, metadata) -> row.get(0, type)))
                .blockFirst(LIMIT);
    }

    static Stream<Object> values() {
        OffsetDateTime moment = OffsetDateTime.of(2026, 11, 23, 8, 0, 1, 250_000_000, ZoneOffset.ofHours(2));
        return Stream.of(
                "text",
                'c',
                true,
                false,
                (byte) -3,
                (short) 300,
                70_000,
                1L << 40,
                Long.MIN_VALUE,
                1.5f,
                -2.25,
                new BigDecimal("12345678901234567890.5"),
                new BigInteger("123456789012345678901234567890"),
                BigInteger.TEN,
                UUID.fromString("6c84fb90-12c4-11e1-840d-7b25c5ee775a"),
                ByteBuffer.wrap(new byte[] {1, 2, 3}),
                moment,
                moment.toLocalDateTime(),
                moment.toLocalDate(),
                moment.toLocalTime(),
                moment.toOffsetTime(),
                moment.toInstant(),
                ZonedDateTime.from(moment),
                LocalDateTime.of(2026, 1, 2, 3, 4),
                LocalTime.of(3, 4));
    }

    @ParameterizedTest
    @MethodSource("values")
    void value_boundAndReadAsItsType_isEqual(Object value) {
        Class<?> type = value instanceof ByteBuffer ? ByteBuffer.class : value.getClass();
        assertThat(roundTrip(value, type)).isEqualTo(value);
        assertThat(roundTrip(Parameters.in(value), type)).isEqualTo(value);
    }

    @Test
    void bytes_boundAndRead_areCopies() {
        byte[] bytes = {1, 2, 3};
        assertThat(roundTrip(bytes, byte[].class)).containsExactly(1, 2, 3);
        assertThat(roundTrip(new byte[0], byte[].class)).isEmpty();
    }

    @Test
    void nulls_boundInEveryWay_areNull() {
        for (var statement : List.of(
                connection.createStatement("SELECT ?").bindNull(0, String.class),
                connection.createStatement("SELECT :x").bindNull("x", Long.class),
                connection.createStatement("SELECT ?").bind(0, Parameters.in(R2dbcType.DATE)))) {
            assertThat(Flux.from(statement.execute())
                            .concatMap(result -> result.map(
                                    (row, metadata) -> row.get(0) == null && row.get(0, Instant.class) == null))
                            .blockFirst(LIMIT))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BIGINT, 1, java.lang.Long",
        "INTEGER, 1, java.lang.Integer",
        "INTEGER, 5000000000, java.lang.Long",
        "BOOLEAN, 1, java.lang.Boolean",
        "BOOLEAN, 7, java.lang.Integer",
        "'DECIMAL(10,2)', 1.5, java.math.BigDecimal",
        "REAL, 1, java.lang.Double",
        "TEXT, 1, java.lang.String",
        "DATE, '''2026-11-23''', java.time.LocalDate",
        "DATE, '''yesterday''', java.lang.String",
        "TIME, '''08:00''', java.time.LocalTime",
        "TIMESTAMP, '''2026-11-23 08:00:00''', java.time.LocalDateTime",
        "TIMESTAMP, '''2026-11-23T08:00:00Z''', java.time.OffsetDateTime",
        "TIMESTAMP WITH TIME ZONE, '''2026-11-23 08:00:00+01:00''', java.time.OffsetDateTime",
        "TIMESTAMP, CURRENT_TIMESTAMP, java.time.LocalDateTime",
        "'', 1.5, java.lang.Double",
    })
    void get_withoutType_followsTheDeclaration(String declared, String stored, Class<?> type) {
        Database.update(connection, "CREATE TABLE t(a " + declared + ")").block(LIMIT);
        Database.update(connection, "INSERT INTO t VALUES (" + stored + ")").block(LIMIT);
        Object value = first("SELECT a FROM t", (row, metadata) -> row.get("a"));
        assertThat(value).isInstanceOf(type);
    }

    @Test
    void get_blobWithoutType_byteBuffer() {
        ByteBuffer buffer = first("SELECT x'0102'", (row, metadata) -> (ByteBuffer) row.get(0));
        assertThat(buffer).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 5000000000", "SELECT 1.5", "SELECT 'one'", "SELECT x'01'"})
    void get_asIntegerWhatIsNone_illegalArgument(String sql) {
        Boolean refused = first(sql, (row, metadata) -> {
            assertThatThrownBy(() -> row.get(0, Integer.class)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> row.get(0, Thread.class)).isInstanceOf(IllegalArgumentException.class);
            return true;
        });
        assertThat(refused).isTrue();
    }

    @Test
    void get_conversions_betweenNumbersTextAndTruth() {
        assertThat(roundTrip("12", Long.class)).isEqualTo(12);
        assertThat(roundTrip(12, String.class)).isEqualTo("12");
        assertThat(roundTrip(12, long.class)).isEqualTo(12);
        assertThat(roundTrip("true", Boolean.class)).isTrue();
        assertThat(roundTrip(0.0, Boolean.class)).isFalse();
        assertThat(roundTrip(0, Instant.class)).isEqualTo(Instant.EPOCH);
        assertThat(roundTrip("2026-11-23", LocalDateTime.class)).isEqualTo(LocalDateTime.of(2026, 11, 23, 0, 0));
        assertThat(roundTrip("2026-11-23T08:00", Instant.class)).isEqualTo("2026-11-23T08:00:00Z");
        assertThat(roundTrip(LocalDate.EPOCH, String.class)).isEqualTo("1970-01-01");
        assertThat(roundTrip(Instant.EPOCH, OffsetTime.class)).isEqualTo(OffsetTime.of(0, 0, 0, 0, ZoneOffset.UTC));
    }

    @Test
    void times_stored_areReadBySqlitesOwnFunctions() {
        OffsetDateTime moment = OffsetDateTime.of(2026, 11, 23, 8, 0, 1, 0, ZoneOffset.ofHours(2));
        assertThat(Flux.from(connection
                                .createStatement("SELECT datetime(?), unixepoch(?), date(?)")
                                .bind(0, moment)
                                .bind(1, moment.toInstant())
                                .bind(2, moment.toLocalDateTime())
                                .execute())
                        .concatMap(result ->
                                result.map((row, metadata) -> List.of(row.get(0), row.get(1, Long.class), row.get(2))))
                        .blockFirst(LIMIT))
                .isEqualTo(List.of("2026-11-23 06:00:01", moment.toEpochSecond(), "2026-11-23"));
    }

    @Test
    void blob_manyChunks_storedAndStreamedBack() {
        int size = 300_000;
        Flux<ByteBuffer> chunks = Flux.range(0, size / 1000).map(i -> {
            byte[] chunk = new byte[1000];
            Arrays.fill(chunk, (byte) (int) i);
            return ByteBuffer.wrap(chunk);
        });
        Blob read = roundTrip(Blob.from(chunks), Blob.class);
        List<ByteBuffer> streamed = Flux.from(read.stream()).collectList().block(LIMIT);
        assertThat(streamed).hasSizeGreaterThan(1);
        ByteBuffer whole = ByteBuffer.allocate(size);
        streamed.forEach(whole::put);
        for (int i = 0; i < size; i++) {
            assertThat(whole.get(i)).isEqualTo((byte) (i / 1000));
        }
    }

    @Test
    void clob_manyChunks_storedAsOneText() {
        Flux<String> chunks = Flux.range(0, 1000).map(String::valueOf);
        String expected = String.join("", chunks.collectList().block(LIMIT));
        assertThat(roundTrip(Clob.from(chunks), String.class)).isEqualTo(expected);
        assertThat(Flux.from(roundTrip(expected, Clob.class).stream())
                        .reduce("", (text, chunk) -> text + chunk)
                        .block(LIMIT))
                .isEqualTo(expected);
    }

    @Test
    void blob_streamFails_statementDoesNotRun() {
        Database.update(connection, "CREATE TABLE t(a)").block(LIMIT);
        Blob broken = Blob.from(Mono.error(new IllegalStateException("broken stream")));
        assertThatThrownBy(() -> Flux.from(connection
                                .createStatement("INSERT INTO t VALUES (?)")
                                .bind(0, broken)
                                .execute())
                        .blockLast(LIMIT))
                .hasMessage("broken stream");
        assertThat(Database.query(connection, "SELECT count(*) FROM t").blockLast(LIMIT))
                .isEqualTo("0");
    }

    @Test
    void columnMetadata_declaredColumn_tellsTypeSizesAndNullability() {
        Database.update(connection, "CREATE TABLE t(a VARCHAR(20) NOT NULL, b DECIMAL(10, 2), c)")
                .block(LIMIT);
        Database.update(connection, "INSERT INTO t VALUES ('x', 1, 2)").block(LIMIT);
        List<? extends ColumnMetadata> columns =
                first("SELECT *, 1 + 1 AS d FROM t", (row, metadata) -> metadata.getColumnMetadatas());
        assertThat(columns).extracting(ColumnMetadata::getName).containsExactly("a", "b", "c", "d");
        assertThat(columns.get(0).getType()).isEqualTo(R2dbcType.VARCHAR);
        assertThat(columns.get(0).getPrecision()).isEqualTo(20);
        assertThat(columns.get(0).getNullability()).isEqualTo(Nullability.NON_NULL);
        assertThat(columns.get(0).getNativeTypeMetadata()).isEqualTo("VARCHAR(20)");
        assertThat(columns.get(1).getJavaType()).isEqualTo(BigDecimal.class);
        assertThat(columns.get(1).getScale()).isEqualTo(2);
        assertThat(columns.get(2).getType()).isEqualTo(SqliteColumn.Any.ANY);
        assertThat(columns.get(3).getPrecision()).isNull();
    }

    @Test
    void connectionMetadata_namesProductAndVersion() {
        assertThat(connection.getMetadata().getDatabaseProductName()).isEqualTo("SQLite");
        assertThat(connection.getMetadata().getDatabaseVersion()).matches("3\\.\\d+\\.\\d+");
    }

    @Test
    void text_anyUnicode_comesBack() {
        String text = "zero\u0000 in the middle, \uD83D\uDE00, \u00e9";
        assertThat(roundTrip(text, String.class)).isEqualTo(text);
        assertThat(roundTrip(text.getBytes(StandardCharsets.UTF_8), String.class))
                .isEqualTo(text);
    }
}
