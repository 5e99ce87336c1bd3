package io.forebay.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.Catalog.Idle;
import io.forebay.catalog.Catalog.UseFilter;
import io.forebay.model.Digest;
import io.forebay.model.Head;
import io.forebay.model.Nature;
import io.forebay.model.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What eviction, history, usage, tokens and audit ask of every database. */
abstract class UpkeepContract extends CatalogContract {
    private static final ResourceKey OTHER = ResourceKey.of("pypi", "packages/fl/other.whl");
    private static final Instant DAY = Instant.parse("2026-01-05T00:00:00Z");

    private void commit(ResourceKey key, Nature nature, Digest digest, String base, Instant at) {
        catalog.commit(List.of(new Entry(key, nature, digest, 7, Head.EMPTY, base, at, at)))
                .block(WAIT);
    }

    private void artifact(ResourceKey key, Digest digest, Instant used) {
        commit(key, Nature.ARTIFACT, digest, "https://origin.test/x", used);
    }

    private void index(Digest digest, Instant seen) {
        commit(PAGE, Nature.INDEX, digest, "https://origin.test/simple/", seen);
    }

    private List<Digest> idle() {
        return catalog.idle(100).map(Idle::digest).collectList().block(WAIT);
    }

    @Test
    void idle_artifacts_thoseUnusedForLongestFirst() {
        artifact(FILE, A, T2);
        artifact(OTHER, B, T1);
        assertThat(idle()).containsExactly(B, A);
        assertThat(catalog.idle(1).collectList().block(WAIT)).containsExactly(new Idle(B, Nature.ARTIFACT, 7, T1));
    }

    @Test
    void idle_artifactAskedForSince_isLast() {
        artifact(OTHER, B, T1);
        artifact(FILE, A, T2);
        SqlCatalog other = cold();
        assertThat(other.find(OTHER).block(WAIT)).isNotNull();
        assertThat(other.idle(100).map(Idle::digest).collectList().block(WAIT)).containsExactly(A, B);
        assertThat(idle()).as("told to the database").containsExactly(A, B);
    }

    @Test
    void idle_blobOfTwoArtifacts_countsFromTheLaterUse() {
        artifact(FILE, A, T1);
        artifact(OTHER, A, T3);
        artifact(ResourceKey.of("pypi", "third"), B, T2);
        assertThat(idle()).containsExactly(B, A);
    }

    @Test
    void idle_newestRevisionOfAnIndex_isNeverAmongThem() {
        index(A, T1);
        index(B, T2);
        assertThat(idle()).containsExactly(A);
        index(A, T3);
        assertThat(idle()).as("the index has gone back to A").containsExactly(B);
    }

    @Test
    void idle_whatCameFromNoOrigin_isNeverAmongThem() {
        commit(FILE, Nature.ARTIFACT, A, "upload:flask.whl", T1);
        artifact(OTHER, A, T1);
        assertThat(idle()).isEmpty();
    }

    @Test
    void forgetIdle_usedSince_isLeft() {
        artifact(FILE, A, T1);
        Idle idle = catalog.idle(1).collectList().block(WAIT).get(0);
        artifact(OTHER, A, T2);
        assertThat(catalog.forgetIdle(idle).block(WAIT)).isFalse();
        assertThat(cold().find(FILE).block(WAIT)).isNotNull();
    }

    @Test
    void forgetIdle_stillIdle_goesFromMemoryAsWell() {
        artifact(FILE, A, T1);
        Idle idle = catalog.idle(1).collectList().block(WAIT).get(0);
        assertThat(catalog.isNamed(A).block(WAIT)).isTrue();
        assertThat(catalog.forgetIdle(idle).block(WAIT)).isTrue();
        assertThat(catalog.hot(FILE)).isEmpty();
        assertThat(catalog.isNamed(A).block(WAIT)).isFalse();
    }

    @Test
    void thin_everyDateAnswersAsBefore() {
        List<Digest> digests = new ArrayList<>();
        for (int hour = 0; hour < 24 * 4; hour += 7) {
            digests.add(digest("hour " + hour));
            index(digests.get(digests.size() - 1), DAY.plus(Duration.ofHours(hour)));
        }
        List<Optional<Entry>> before = asOfEachDay();
        Instant keepAllFrom = DAY.plus(Duration.ofDays(2));
        List<Digest> thinned = catalog.thin(keepAllFrom).collectList().block(WAIT);
        // Hours 0 7 14 (21) | 28 35 (42) of the first two days: the one in brackets ends its day.
        assertThat(thinned)
                .containsExactlyInAnyOrder(
                        digest("hour 0"), digest("hour 7"), digest("hour 14"), digest("hour 28"), digest("hour 35"));
        assertThat(asOfEachDay()).isEqualTo(before);
        assertThat(catalog.revisions(PAGE).collectList().block(WAIT)).hasSize(digests.size() - 5);
        assertThat(catalog.thin(keepAllFrom).collectList().block(WAIT)).isEmpty();
    }

    private List<Optional<Entry>> asOfEachDay() {
        List<Optional<Entry>> found = new ArrayList<>();
        for (int day = 0; day < 6; day++) {
            Instant end = DAY.plus(Duration.ofDays(day + 1L)).minusMillis(1);
            found.add(catalog.asOf(PAGE, end).blockOptional(WAIT));
        }
        return found;
    }

    @Test
    void thin_artifactsAndTheNewestRevision_stay() {
        artifact(FILE, A, DAY);
        index(B, DAY);
        assertThat(catalog.thin(DAY.plus(Duration.ofDays(999))).collectList().block(WAIT))
                .isEmpty();
        assertThat(idle()).containsExactly(A);
        assertThat(cold().find(PAGE).block(WAIT).digest()).isEqualTo(B);
    }

    @Test
    void forgetNewest_theOneBeforeIsTheNewest() {
        index(A, T1);
        index(B, T2);
        catalog.forgetNewest(PAGE).block(WAIT);
        assertThat(catalog.find(PAGE).block(WAIT).digest()).isEqualTo(A);
        catalog.forgetNewest(PAGE).block(WAIT);
        assertThat(catalog.find(PAGE).block(WAIT)).isNull();
    }

    @Test
    void naming_andKeys_tellEveryRow() {
        artifact(FILE, A, T1);
        index(A, T1);
        commit(ResourceKey.of("cran", "x"), Nature.ARTIFACT, A, "https://origin.test/x", T1);
        assertThat(catalog.naming(A).map(Entry::key).collectList().block(WAIT))
                .containsExactlyInAnyOrder(FILE, PAGE, ResourceKey.of("cran", "x"));
        assertThat(catalog.keys("pypi").collectList().block(WAIT)).containsExactlyInAnyOrder(FILE, PAGE);
    }

    @Test
    void uses_areTold_filteredAndForgotten() {
        use("pypi", "flask", "3.0", DAY);
        use("pypi", "flask", "3.0", DAY.plusSeconds(60));
        use("pypi", "numpy", "2.0", DAY.plus(Duration.ofDays(1)));
        use("cran", "flask", "", DAY);
        LocalDate first = LocalDate.parse("2026-01-05");
        assertThat(uses(Optional.of("pypi"), Optional.empty(), first, first.plusDays(1)))
                .containsExactly(
                        new Catalog.Count(first.plusDays(1), "pypi", "python", "numpy", "2.0", 1, 10),
                        new Catalog.Count(first, "pypi", "python", "flask", "3.0", 2, 20));
        assertThat(uses(Optional.empty(), Optional.of("flask"), first, first)).hasSize(2);
        assertThat(catalog.forgetUses(first.plusDays(1)).block(WAIT)).isEqualTo(2);
        assertThat(uses(Optional.empty(), Optional.empty(), first, first.plusDays(1)))
                .hasSize(1);
    }

    private void use(String repository, String name, String version, Instant at) {
        catalog.used(new Catalog.Use(repository, "python", name, version, at, 10));
    }

    private List<Catalog.Count> uses(Optional<String> repository, Optional<String> name, LocalDate from, LocalDate to) {
        return catalog.uses(new UseFilter(repository, name, from, to, 100))
                .collectList()
                .block(WAIT);
    }

    @Test
    void tokens_secretIsInNoTable_andExpires() {
        Tokens tokens = catalog.tokens();
        Tokens.Created made =
                tokens.create("ci", Tokens.Scope.READ, Duration.ofDays(90)).block(WAIT);
        assertThat(made.secret()).startsWith("forebay_").hasSize(8 + 43);
        assertThat(tokens.find(made.secret()).block(WAIT)).isEqualTo(made.token());
        assertThat(tokens.find(made.secret() + "x").block(WAIT)).isNull();
        assertThat(made.token().expires()).isEqualTo(made.token().created().plus(Duration.ofDays(90)));
        assertThat(reader("SELECT id || name || scope || hash FROM tokens")).doesNotContain(made.secret());
        Tokens.Created over =
                tokens.create("old", Tokens.Scope.ADMIN, Duration.ofSeconds(-1)).block(WAIT);
        assertThat(tokens.find(over.secret()).block(WAIT)).isNull();
        assertThat(tokens.all().collectList().block(WAIT)).hasSize(2);
        assertThat(tokens.delete(made.token().id()).block(WAIT)).isTrue();
        assertThat(tokens.delete(made.token().id()).block(WAIT)).isFalse();
        assertThat(tokens.find(made.secret()).block(WAIT)).isNull();
    }

    private String reader(String sql) {
        return reactor.core.publisher.Mono.usingWhen(
                        connections.create(),
                        connection -> Sql.query(connection, sql, row -> Sql.text(row, 0))
                                .collectList(),
                        io.r2dbc.spi.Connection::close)
                .map(Object::toString)
                .block(WAIT);
    }

    @Test
    void auditLog_newestFirst() {
        AuditLog log = catalog.auditLog();
        log.add("loopback", "127.0.0.1", "purge", "pypi flask", "done").block(WAIT);
        assertThat(log.newest(10).collectList().block(WAIT)).singleElement().satisfies(act -> {
            assertThat(act.principal()).isEqualTo("loopback");
            assertThat(act.action()).isEqualTo("purge");
            assertThat(act.subject()).isEqualTo("pypi flask");
        });
    }
}
