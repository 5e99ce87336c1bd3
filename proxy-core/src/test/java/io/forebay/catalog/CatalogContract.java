package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Catalog.Census;
import io.forebay.catalog.Catalog.Quarantined;
import io.forebay.catalog.Catalog.Use;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What every database behind the catalog must do. */
abstract class CatalogContract {
    static final Duration WAIT = Duration.ofSeconds(30);
    static final Instant T1 = Instant.parse("2026-01-01T00:00:00.001Z");
    static final Instant T2 = T1.plusSeconds(60);
    static final Instant T3 = T2.plusSeconds(60);
    private static final int NEXT = Migration.ALL.size() + 1;
    static final Digest A = digest("a");
    static final Digest B = digest("b");
    static final Digest C = digest("c");
    static final ResourceKey PAGE = new ResourceKey("pypi", "simple/flask/", "json");
    static final ResourceKey FILE = ResourceKey.of("pypi", "packages/fl/flask.whl");

    ConnectionFactory connections;
    SqlCatalog catalog;
    private final List<SqlCatalog> others = new ArrayList<>();

    /** A database without tables. */
    abstract ConnectionFactory empty() throws Exception;

    abstract void release() throws Exception;

    @BeforeEach
    final void open() throws Exception {
        connections = empty();
        catalog = reopen(CatalogOptions.DEFAULTS);
    }

    @AfterEach
    final void close() throws Exception {
        others.forEach(SqlCatalog::close);
        catalog.close();
        release();
    }

    final SqlCatalog reopen(CatalogOptions options) {
        return SqlCatalog.open(connections, connections, options).block(WAIT);
    }

    /** A further catalog over the same database: its memory is cold, so it shows what the database holds. */
    final SqlCatalog cold() {
        SqlCatalog other = reopen(CatalogOptions.DEFAULTS);
        others.add(other);
        return other;
    }

    @Test
    void find_unknown_isEmpty() {
        assertThat(catalog.find(PAGE).block(WAIT)).isNull();
        assertThat(catalog.hot(PAGE)).isEmpty();
        assertThat(catalog.oldest(PAGE).block(WAIT)).isNull();
        assertThat(catalog.asOf(PAGE, T3).block(WAIT)).isNull();
        assertThat(catalog.revisions(PAGE).collectList().block(WAIT)).isEmpty();
    }

    @Test
    void commit_everyField_comesBack() {
        Head head = new Head(
                Optional.of("application/vnd.pypi.simple.v1+json"),
                Optional.of("\"abc\""),
                Optional.of("W/\"origin\""),
                Optional.of(T1),
                Map.of("x-pypi-last-serial", "17", "link", "<a>; rel=\"b\", ü"));
        Entry entry = new Entry(
                PAGE, Nature.INDEX, A, 5_000_000_000L, head, "https://pypi.org/simple/flask/?a=b%2Bc", T1, T2);
        catalog.commit(List.of(entry)).block(WAIT);
        assertThat(catalog.hot(PAGE)).contains(entry);
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(entry);
        assertThat(cold().oldest(PAGE).block(WAIT)).isEqualTo(entry);
    }

    @Test
    void find_cold_fillsMemory() {
        catalog.commit(List.of(entry(FILE, A, T1))).block(WAIT);
        SqlCatalog other = reopen(CatalogOptions.DEFAULTS);
        assertThat(other.hot(FILE)).isEmpty();
        assertThat(other.find(FILE).block(WAIT)).isEqualTo(entry(FILE, A, T1));
        assertThat(other.hot(FILE)).contains(entry(FILE, A, T1));
        other.close();
    }

    @Test
    void keys_thatDifferInOnePart_areDifferentResources() {
        ResourceKey html = new ResourceKey("pypi", "simple/flask/", "html");
        ResourceKey mirror = new ResourceKey("mirror", "simple/flask/", "json");
        ResourceKey upper = new ResourceKey("pypi", "simple/Flask/", "json");
        catalog.commit(List.of(entry(PAGE, A, T1), entry(html, B, T1), entry(mirror, C, T1)))
                .block(WAIT);
        assertThat(cold().find(PAGE).block(WAIT).digest()).isEqualTo(A);
        assertThat(cold().find(html).block(WAIT).digest()).isEqualTo(B);
        assertThat(cold().find(mirror).block(WAIT).digest()).isEqualTo(C);
        assertThat(cold().find(upper).block(WAIT)).isNull();
    }

    @Test
    void commit_sameDigestAgain_keepsFirstSightAndTakesTheNewHead() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        Head changed = Head.EMPTY.withEtag("\"new\"");
        catalog.commit(List.of(new Entry(PAGE, Nature.INDEX, A, 1, changed, "https://b/", T2, T2)))
                .block(WAIT);
        Entry expected = new Entry(PAGE, Nature.INDEX, A, 1, changed, "https://b/", T1, T2);
        assertThat(catalog.hot(PAGE)).contains(expected);
        assertThat(cold().revisions(PAGE).collectList().block(WAIT)).containsExactly(expected);
    }

    @Test
    void commit_olderDigestReappears_isARevisionOfItsOwn() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        catalog.commit(List.of(entry(PAGE, B, T2))).block(WAIT);
        catalog.commit(List.of(entry(PAGE, A, T3))).block(WAIT);
        assertThat(cold().revisions(PAGE).collectList().block(WAIT))
                .containsExactly(entry(PAGE, A, T3), entry(PAGE, B, T2), entry(PAGE, A, T1));
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T3));
        assertThat(cold().oldest(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1));
    }

    @Test
    void asOf_instants_giveTheNewestOfThatTime() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        catalog.commit(List.of(entry(PAGE, B, T2))).block(WAIT);
        assertThat(catalog.asOf(PAGE, T1.minusMillis(1)).block(WAIT)).isNull();
        assertThat(catalog.asOf(PAGE, T1).block(WAIT).digest()).isEqualTo(A);
        assertThat(catalog.asOf(PAGE, T2.minusMillis(1)).block(WAIT).digest()).isEqualTo(A);
        assertThat(catalog.asOf(PAGE, T2).block(WAIT).digest()).isEqualTo(B);
        assertThat(catalog.asOf(PAGE, T3).block(WAIT).digest()).isEqualTo(B);
    }

    @Test
    @DisplayName("reliability 84: the clock goes back between two revisions and the later one is still the newest")
    void commit_clockWentBack_isStillTheNewest() {
        catalog.commit(List.of(entry(PAGE, A, T3))).block(WAIT);
        catalog.commit(List.of(entry(PAGE, B, T1))).block(WAIT);
        catalog.commit(List.of(entry(PAGE, C, T1))).block(WAIT);
        assertThat(cold().revisions(PAGE).map(Entry::digest).collectList().block(WAIT))
                .containsExactly(C, B, A);
        assertThat(cold().find(PAGE).block(WAIT).seen()).isEqualTo(T3.plusMillis(2));
        assertThat(cold().find(PAGE).block(WAIT).validated()).isEqualTo(T1);
    }

    @Test
    void commit_severalOfOneResource_areOrderedAsGiven() {
        catalog.commit(List.of(entry(PAGE, A, T1), entry(PAGE, B, T2), entry(FILE, C, T1)))
                .block(WAIT);
        assertThat(catalog.hot(PAGE)).contains(entry(PAGE, B, T2));
        assertThat(cold().census().block(WAIT)).isEqualTo(new Census(2, 3));
    }

    @Test
    void validated_hot_showsAtOnceAndIsWrittenByTheFlush() {
        catalog.commit(List.of(entry(PAGE, A, T1), entry(FILE, B, T1))).block(WAIT);
        catalog.validated(PAGE, T3);
        assertThat(catalog.hot(PAGE)).contains(entry(PAGE, A, T1).validatedAt(T3));
        assertThat(catalog.find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1).validatedAt(T3));
        catalog.flush().block(WAIT);
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1).validatedAt(T3));
        assertThat(cold().find(FILE).block(WAIT)).isEqualTo(entry(FILE, B, T1));
    }

    @Test
    void validated_cold_showsAtOnce() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        SqlCatalog other = reopen(CatalogOptions.DEFAULTS);
        other.validated(PAGE, T2);
        assertThat(other.find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1).validatedAt(T2));
        other.close();
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1).validatedAt(T2));
    }

    @Test
    void validated_beforeANewRevision_doesNotTouchThatOne() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        catalog.validated(PAGE, T3);
        catalog.commit(List.of(entry(PAGE, B, T2))).block(WAIT);
        catalog.flush().block(WAIT);
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, B, T2));
    }

    @Test
    void validated_severalRevisions_onlyTheNewestChanges() {
        catalog.commit(List.of(entry(PAGE, A, T1), entry(PAGE, B, T2))).block(WAIT);
        catalog.validated(PAGE, T3);
        catalog.flush().block(WAIT);
        assertThat(cold().revisions(PAGE).collectList().block(WAIT))
                .containsExactly(entry(PAGE, B, T2).validatedAt(T3), entry(PAGE, A, T1));
    }

    @Test
    void forgetKey_removesEveryRevisionAndCutOfItAndNothingElse() {
        catalog.commit(List.of(entry(PAGE, A, T1), entry(PAGE, B, T2), entry(FILE, B, T1)))
                .block(WAIT);
        catalog.cut(PAGE, "x.whl", C).block(WAIT);
        catalog.forget(PAGE).block(WAIT);
        assertThat(catalog.hot(PAGE)).isEmpty();
        assertThat(cold().find(PAGE).block(WAIT)).isNull();
        assertThat(cold().cuts(PAGE).block(WAIT)).isEmpty();
        assertThat(cold().find(FILE).block(WAIT)).isEqualTo(entry(FILE, B, T1));
        catalog.forget(PAGE).block(WAIT);
    }

    @Test
    @DisplayName("failures 9: a blob that is gone takes every row with it that names it")
    void forgetDigest_removesItsRowsOfEveryResource() {
        catalog.commit(List.of(entry(PAGE, A, T1), entry(PAGE, B, T2), entry(FILE, B, T1)))
                .block(WAIT);
        catalog.cut(PAGE, "x.whl", B).block(WAIT);
        catalog.cut(PAGE, "y.whl", C).block(WAIT);
        catalog.forget(B).block(WAIT);
        assertThat(catalog.hot(PAGE)).isEmpty();
        assertThat(catalog.hot(FILE)).isEmpty();
        assertThat(catalog.find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1));
        assertThat(catalog.find(FILE).block(WAIT)).isNull();
        assertThat(catalog.cuts(PAGE).block(WAIT)).containsExactly(Map.entry("y.whl", C));
    }

    @Test
    void digests_sharedAndCut_eachOnce() {
        catalog.commit(List.of(entry(PAGE, A, T1), entry(PAGE, B, T2), entry(FILE, A, T1)))
                .block(WAIT);
        catalog.cut(PAGE, "x.whl", C).block(WAIT);
        assertThat(catalog.digests().collectList().block(WAIT)).containsExactlyInAnyOrder(A, B, C);
    }

    @Test
    void cuts_ofAPage_lastOneCounts() {
        assertThat(catalog.cuts(PAGE).block(WAIT)).isEmpty();
        catalog.cut(PAGE, "x.whl", A).block(WAIT);
        catalog.cut(PAGE, "x.whl", B).block(WAIT);
        catalog.cut(PAGE, "y.whl", C).block(WAIT);
        catalog.cut(FILE, "z.whl", C).block(WAIT);
        assertThat(catalog.cuts(PAGE).block(WAIT)).isEqualTo(Map.of("x.whl", B, "y.whl", C));
    }

    @Test
    @DisplayName("failures 8: bytes that were not what was promised are remembered")
    void quarantined_newestFirst_upToTheLimit() {
        Quarantined first = new Quarantined(PAGE, "https://a/1", "sha256: promised a, came b", T1);
        Quarantined second = new Quarantined(FILE, "https://a/2", "length", T2);
        Quarantined third = new Quarantined(FILE, "https://a/3", "length", T3);
        catalog.quarantine(second);
        catalog.quarantine(first);
        catalog.quarantine(third);
        catalog.flush().block(WAIT);
        assertThat(catalog.quarantined(2).collectList().block(WAIT)).containsExactly(third, second);
        assertThat(catalog.quarantined(9).collectList().block(WAIT)).containsExactly(third, second, first);
    }

    @Test
    void used_countsByVersionAndUtcDay_addUpOverFlushes() {
        Instant lastOfDay = Instant.parse("1970-01-02T23:59:59.999Z");
        catalog.used(use("1.0", lastOfDay, 10));
        catalog.used(use("1.0", lastOfDay, 10));
        catalog.used(use("1.0", lastOfDay.plusMillis(1), 10));
        catalog.flush().block(WAIT);
        catalog.used(use("1.0", lastOfDay, 5));
        catalog.used(use("", lastOfDay, 7));
        catalog.flush().block(WAIT);
        assertThat(uses())
                .containsExactlyInAnyOrder(
                        "pypi python flask 1.0 1 3 25", "pypi python flask 1.0 2 1 10", "pypi python flask  1 1 7");
    }

    @Test
    void used_fullBuffer_isDroppedAndCounted() {
        CatalogOptions small =
                new CatalogOptions(10, 10, 10, 2, Duration.ofDays(1), Duration.ZERO, Duration.ofSeconds(20), 1);
        SqlCatalog other = reopen(small);
        other.used(use("1", T1, 1));
        other.used(use("2", T1, 1));
        other.used(use("3", T1, 1));
        other.used(use("2", T1, 1));
        assertThat(other.activity().dropped()).isEqualTo(1);
        other.close();
        assertThat(uses()).hasSize(2);
    }

    @Test
    void census_countsResourcesAndRevisions() {
        assertThat(catalog.census().block(WAIT)).isEqualTo(new Census(0, 0));
        catalog.commit(List.of(entry(PAGE, A, T1), entry(PAGE, B, T2), entry(FILE, B, T1)))
                .block(WAIT);
        assertThat(catalog.census().block(WAIT)).isEqualTo(new Census(2, 3));
    }

    @Test
    void commit_manyCallersAtOnce_shareTransactions() {
        int callers = 500;
        Flux.range(0, callers)
                .flatMap(i -> catalog.commit(List.of(entry(ResourceKey.of("s", "p" + i), A, T1))), callers)
                .blockLast(WAIT);
        assertThat(catalog.activity().written()).isEqualTo(callers);
        assertThat(catalog.activity().transactions()).isLessThan(callers / 2);
        assertThat(cold().census().block(WAIT)).isEqualTo(new Census(callers, callers));
    }

    @Test
    void commit_concurrentRevisionsOfOneResource_allAreKept() {
        int callers = 100;
        Flux.range(0, callers)
                .flatMap(i -> catalog.commit(List.of(entry(PAGE, digest("n" + i), T1))), callers)
                .blockLast(WAIT);
        assertThat(cold().census().block(WAIT)).isEqualTo(new Census(1, callers));
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(catalog.hot(PAGE).orElseThrow());
    }

    @Test
    void close_withQueuedWrites_losesNone() {
        int callers = 300;
        List<Mono<Void>> answers = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            Mono<Void> commit = catalog.commit(List.of(entry(ResourceKey.of("s", "p" + i), A, T1)))
                    .cache();
            commit.subscribe();
            answers.add(commit);
        }
        catalog.used(use("1.0", T1, 1));
        catalog.close();
        Flux.merge(answers).blockLast(WAIT);
        assertThat(cold().census().block(WAIT)).isEqualTo(new Census(callers, callers));
        assertThat(uses()).hasSize(1);
    }

    @Test
    void commit_afterClose_failsAtOnce() {
        catalog.close();
        assertThat(catalog.commit(List.of(entry(PAGE, A, T1)))
                        .materialize()
                        .block(WAIT)
                        .getThrowable())
                .isInstanceOf(CatalogException.class)
                .hasMessageContaining("closed");
    }

    @Test
    @DisplayName("reliability 87: a lost database comes back from the notes, history included")
    void rebuild_fromNotes_givesTheSameCatalog() throws Exception {
        List<Entry> told = List.of(entry(PAGE, A, T1), entry(FILE, C, T1), entry(PAGE, B, T2), entry(PAGE, A, T3));
        List<byte[]> notes = told.stream().map(Notes::write).toList();
        told.forEach(entry -> catalog.commit(List.of(entry)).block(WAIT));
        List<Entry> before = catalog.revisions(PAGE).collectList().block(WAIT);
        catalog.forget(PAGE).block(WAIT);
        catalog.forget(FILE).block(WAIT);
        assertThat(catalog.isComplete()).isFalse();

        Flux<Entry> entries =
                Flux.fromIterable(notes).map(note -> Notes.read(note).orElseThrow());
        assertThat(catalog.rebuild(entries).block(WAIT)).isEqualTo(4);
        assertThat(catalog.isComplete()).isTrue();
        assertThat(cold().isComplete()).isTrue();
        assertThat(cold().revisions(PAGE).collectList().block(WAIT)).isEqualTo(before);
        assertThat(catalog.rebuild(entries).block(WAIT)).isZero();
        assertThat(cold().revisions(PAGE).collectList().block(WAIT)).isEqualTo(before);
        assertThat(cold().find(FILE).block(WAIT)).isEqualTo(entry(FILE, C, T1));
    }

    @Test
    @DisplayName("reliability 88: a database older than the blobs gets what it lacks, in its place")
    void rebuild_besideRows_fillsGapsOnly() {
        catalog.commit(List.of(entry(PAGE, B, T2))).block(WAIT);
        Flux<Entry> notes = Flux.just(
                entry(PAGE, C, T3),
                entry(PAGE, B, T2.plusMillis(5)),
                entry(PAGE, A, T1),
                entry(PAGE, A, T1.plusMillis(5)));
        assertThat(catalog.rebuild(notes).block(WAIT)).isEqualTo(2);
        assertThat(catalog.revisions(PAGE).map(Entry::digest).collectList().block(WAIT))
                .containsExactly(C, B, A);
        assertThat(catalog.find(PAGE).block(WAIT).digest()).isEqualTo(C);
        assertThat(catalog.oldest(PAGE).block(WAIT).seen()).isEqualTo(T1);
    }

    @Test
    void rebuild_twoRevisionsOfOneMillisecond_isIdempotent() {
        Flux<Entry> notes = Flux.just(entry(PAGE, A, T1), entry(PAGE, B, T1), entry(PAGE, C, T1));
        assertThat(catalog.rebuild(notes).block(WAIT)).isEqualTo(3);
        List<Entry> rows = catalog.revisions(PAGE).collectList().block(WAIT);
        assertThat(rows).hasSize(3);
        assertThat(catalog.rebuild(notes).block(WAIT)).isZero();
        assertThat(catalog.revisions(PAGE).collectList().block(WAIT)).isEqualTo(rows);
    }

    @Test
    void rebuild_unordered_revisionSeenEarlierThanKnown_isDatedBack() {
        Flux<Entry> notes = Flux.just(entry(PAGE, A, T3), entry(PAGE, A, T1));
        assertThat(catalog.rebuild(notes).block(WAIT)).isEqualTo(1);
        assertThat(catalog.oldest(PAGE).block(WAIT))
                .isEqualTo(entry(PAGE, A, T1).validatedAt(T3));
    }

    @Test
    @DisplayName("failures 24: readers do not wait for a writer whose transaction is open")
    void find_whileAWriterHoldsItsTransaction_answers() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        SqlCatalog other = reopen(CatalogOptions.DEFAULTS);
        Connection holder = Mono.from(connections.create()).block(WAIT);
        Mono.from(holder.beginTransaction()).block(WAIT);
        Sql.update(holder, "UPDATE revisions SET size = $1", 99L).block(WAIT);
        assertThat(other.find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1));
        assertThat(other.census().block(WAIT)).isEqualTo(new Census(1, 1));
        Mono.from(holder.rollbackTransaction()).block(WAIT);
        Mono.from(holder.close()).block(WAIT);
        other.close();
    }

    @Test
    void migrations_fresh_areRecordedInOrder() {
        Migration further =
                Migration.of(NEXT, "0009-more", "CREATE TABLE more (x BIGINT);\n\nCREATE TABLE most (x BIGINT);\n");
        migrate(and(further));
        assertThat(migrations())
                .containsExactlyElementsOf(Stream.of(and(further))
                        .map(step -> step.version() + " " + step.name() + " " + step.checksum())
                        .toList());
        assertThat(rows("SELECT COUNT(*) FROM more")).containsExactly("0");
        assertThat(rows("SELECT COUNT(*) FROM most")).containsExactly("0");
    }

    @Test
    void migrations_repeat_changeNothing() {
        catalog.commit(List.of(entry(PAGE, A, T1))).block(WAIT);
        List<String> before = migrations();
        migrate(and());
        assertThat(migrations()).isEqualTo(before);
        assertThat(cold().find(PAGE).block(WAIT)).isEqualTo(entry(PAGE, A, T1));
    }

    @Test
    void migrations_checksumChanged_refusedAndNothingWritten() {
        Migration changed = Migration.of(1, "0001-revisions", "CREATE TABLE other (x BIGINT);\n");
        Migration further = Migration.of(2, "0002-more", "CREATE TABLE more (x BIGINT);\n");
        List<String> before = migrations();
        CatalogException refusal = refusal(changed, further);
        assertThat(refusal.kind()).isEqualTo(CatalogException.Kind.NEWER_SCHEMA);
        assertThat(refusal).hasMessageContaining("0001-revisions").hasMessageContaining(changed.checksum());
        assertThat(migrations()).isEqualTo(before);
        assertThat(tableExists("more")).isFalse();
    }

    @Test
    @DisplayName("reliability 89: a database of a newer version is refused by name and left as it is")
    void migrations_newerSchema_refusedAndNothingWritten() {
        Migration newer = Migration.of(NEXT, "0009-from-the-future", "CREATE TABLE more (x BIGINT);\n");
        migrate(and(newer));
        List<String> before = migrations();
        CatalogException refusal = refusal(and());
        assertThat(refusal.kind()).isEqualTo(CatalogException.Kind.NEWER_SCHEMA);
        assertThat(refusal).hasMessageContaining("0009-from-the-future").hasMessageContaining("nothing was written");
        assertThat(migrations()).isEqualTo(before);
    }

    @Test
    void migrations_badStep_leavesNothingOfItself() {
        Migration broken = Migration.of(NEXT, "0009-broken", "CREATE TABLE half (x BIGINT);\nCREATE TABEL whole;\n");
        List<String> before = migrations();
        assertThat(refusal(and(broken)).kind()).isEqualTo(CatalogException.Kind.OTHER);
        assertThat(migrations()).isEqualTo(before);
        assertThat(tableExists("half")).isFalse();
    }

    /** The schema's steps and more behind them. */
    private static Migration[] and(Migration... more) {
        return Stream.concat(Migration.ALL.stream(), Stream.of(more)).toArray(Migration[]::new);
    }

    private void migrate(Migration... steps) {
        others.add(SqlCatalog.open(
                        connections, connections, CatalogOptions.DEFAULTS, java.time.Clock.systemUTC(), List.of(steps))
                .block(WAIT));
    }

    private CatalogException refusal(Migration... steps) {
        Throwable failure = SqlCatalog.open(
                        connections, connections, CatalogOptions.DEFAULTS, java.time.Clock.systemUTC(), List.of(steps))
                .materialize()
                .block(WAIT)
                .getThrowable();
        assertThat(failure).isInstanceOf(CatalogException.class);
        return (CatalogException) failure;
    }

    private List<String> migrations() {
        return rows(
                "SELECT CAST(version AS TEXT) || ' ' || name || ' ' || checksum FROM schema_migrations ORDER BY version");
    }

    private boolean tableExists(String table) {
        return Flux.usingWhen(
                        connections.create(),
                        connection -> Sql.query(connection, "SELECT COUNT(*) FROM " + table, row -> 1),
                        Connection::close)
                .hasElements()
                .onErrorReturn(false)
                .block(WAIT);
    }

    @Test
    void inventory_files_areInOrderAndWithoutMetadata() {
        catalog.commit(List.of(
                        file("pypi", "packages/a-1.whl", A, 10, T1),
                        file("pypi", "packages/a-1.whl.metadata", B, 99, T3),
                        file("cran", "src/contrib/b_1.0.tar.gz", C, 5, T2),
                        entry(PAGE, A, T3)))
                .block(WAIT);
        Inventory inventory = catalog.inventory();
        assertThat(inventory
                        .newest(5)
                        .map(held -> held.key().path())
                        .collectList()
                        .block(WAIT))
                .containsExactly("src/contrib/b_1.0.tar.gz", "packages/a-1.whl");
        assertThat(inventory.newest(1).map(Inventory.Held::seen).collectList().block(WAIT))
                .containsExactly(T2);
        assertThat(inventory.largest(5).map(Inventory.Held::size).collectList().block(WAIT))
                .containsExactly(10L, 5L);
    }

    @Test
    void inventory_indexes_areThePathsOfASource() {
        ResourceKey plain = ResourceKey.of("pypi", "simple/flask/");
        catalog.commit(List.of(entry(plain, A, T1))).block(WAIT);
        catalog.commit(List.of(entry(plain, B, T2), entry(PAGE, A, T1), file("pypi", "packages/x.whl", A, 1, T1)))
                .block(WAIT);
        assertThat(catalog.inventory().indexes("pypi").collectList().block(WAIT))
                .containsExactly("simple/flask/");
        assertThat(catalog.inventory().indexes("cran").collectList().block(WAIT))
                .isEmpty();
    }

    @Test
    void inventory_held_findsAmongMorePathsThanOneStatementTakes() {
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            paths.add("packages/it's-" + i);
        }
        catalog.commit(List.of(
                        file("pypi", paths.get(3), A, 3, T1),
                        file("pypi", paths.get(999), B, 999, T1),
                        file("cran", paths.get(4), B, 4, T1)))
                .block(WAIT);
        assertThat(catalog.inventory()
                        .held("pypi", paths)
                        .map(Inventory.Held::size)
                        .collectList()
                        .block(WAIT))
                .containsExactlyInAnyOrder(3L, 999L);
        assertThat(catalog.inventory().held("pypi", List.of()).collectList().block(WAIT))
                .isEmpty();
    }

    @Test
    void inventory_uses_areSummedWithoutPages() {
        Instant nextDay = T1.plus(Duration.ofDays(1));
        catalog.used(use("1.0", T1, 10));
        catalog.used(use("1.0", T1, 10));
        catalog.used(use("2.0", nextDay, 5));
        catalog.used(use("", nextDay, 7));
        catalog.used(new Use("cran", "r", "cli", "1.0", nextDay, 1));
        catalog.flush().block(WAIT);
        Inventory inventory = catalog.inventory();
        LocalDate first = LocalDate.ofInstant(T1, ZoneOffset.UTC);
        assertThat(inventory.mostUsed(first, 9).collectList().block(WAIT))
                .containsExactly(
                        new Inventory.Used("pypi", "python", "flask", 3, 25),
                        new Inventory.Used("cran", "r", "cli", 1, 1));
        assertThat(inventory.mostUsed(first.plusDays(1), 1).collectList().block(WAIT))
                .containsExactly(new Inventory.Used("cran", "r", "cli", 1, 1));
        assertThat(inventory.days(first).collectList().block(WAIT))
                .containsExactly(new Inventory.Day(first, "", 2, 20), new Inventory.Day(first.plusDays(1), "", 2, 6));
        assertThat(inventory.days("pypi", "python", "flask").collectList().block(WAIT))
                .containsExactly(
                        new Inventory.Day(first, "1.0", 2, 20), new Inventory.Day(first.plusDays(1), "2.0", 1, 5));
    }

    private static Entry file(String source, String path, Digest digest, long size, Instant seen) {
        ResourceKey key = ResourceKey.of(source, path);
        return new Entry(key, Nature.ARTIFACT, digest, size, Head.EMPTY, "https://a/b", seen, seen);
    }

    /** One column of text, or of numbers. */
    private List<String> rows(String sql) {
        return Flux.usingWhen(
                        connections.create(),
                        connection -> Sql.query(connection, sql, row -> String.valueOf(row.get(0))),
                        Connection::close)
                .collectList()
                .block(WAIT);
    }

    final List<String> uses() {
        String sql = "SELECT repository, ecosystem, name, version, day, downloads, bytes FROM uses";
        return Flux.usingWhen(
                        connections.create(),
                        connection -> Sql.query(
                                connection,
                                sql,
                                row -> Sql.text(row, 0) + " " + Sql.text(row, 1) + " " + Sql.text(row, 2) + " "
                                        + Sql.text(row, 3) + " " + Sql.number(row, 4) + " " + Sql.number(row, 5) + " "
                                        + Sql.number(row, 6)),
                        Connection::close)
                .collectList()
                .block(WAIT);
    }

    static Use use(String version, Instant at, long bytes) {
        return new Use("pypi", "python", "flask", version, at, bytes);
    }

    static Entry entry(ResourceKey key, Digest digest, Instant seen) {
        return new Entry(key, Nature.INDEX, digest, 1, Head.EMPTY, "https://a/b", seen, seen);
    }

    static Digest digest(String text) {
        return new Digest(Migration.of(1, "", text).checksum());
    }
}
