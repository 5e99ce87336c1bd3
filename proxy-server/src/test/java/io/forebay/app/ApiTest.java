package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.forebay.catalog.AuditLog;
import io.forebay.testing.CapturedLog;
import io.forebay.testing.ScriptedOrigin.Reply;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API against a whole server. */
class ApiTest {
    private static final String FILE = "/pypi/packages/aa/bb/0123456789/demo-1.0.tar.gz";
    private static final byte[] BODY = "\u001f\u008bnot really gzip".getBytes(StandardCharsets.ISO_8859_1);

    /** Bodies that operations take. */
    private static final Map<String, String> BODIES = Map.of(
            "/tokens",
            "{\"name\":\"n\"}",
            "/warm",
            "{\"files\":[{\"name\":\"requirements.txt\",\"text\":\"absent==1.0\\n\"}]}");

    @TempDir
    Path home;

    private Running server;

    @BeforeEach
    void start() throws Exception {
        server = new Running(home);
        server.origin.otherwise(Reply.of(404, new byte[0]));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String token(String scope) throws Exception {
        HttpResponse<String> made =
                server.send("POST", "/api/v1/tokens", "{\"name\":\"ci\",\"scope\":\"" + scope + "\"}");
        assertThat(made.statusCode()).isEqualTo(201);
        return Running.json(made).path("token").asString();
    }

    private static String[] elsewhere(String... more) {
        List<String> headers = new ArrayList<>(List.of("X-Forwarded-For", "192.0.2.7"));
        headers.addAll(List.of(more));
        return headers.toArray(String[]::new);
    }

    @Test
    void openApi_isWhatTheSpecificationAsksFor() throws Exception {
        assertThat(new ApiDocument(server.get("/api/v1/openapi.json").body()).faults())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'responses': {|'answers': {",
                "'#/components/schemas/Status'|'#/components/schemas/Nothing'",
                "'type': 'integer'|'type': 'number of bytes'",
                "'operationId': 'status'|'operationId': 'openapi'",
                "'name': 'id',|'name': 'other',"
            })
    void openApi_withAMistake_isFound(String right, String wrong) throws Exception {
        String text = server.get("/api/v1/openapi.json").body();
        String quoted = right.replace('\'', '"');
        assertThat(text).contains(quoted);
        assertThat(new ApiDocument(text.replace(quoted, wrong.replace('\'', '"'))).faults())
                .isNotEmpty();
    }

    @Test
    void openApi_everyOperationInIt_answers() throws Exception {
        ApiDocument document =
                new ApiDocument(server.get("/api/v1/openapi.json").body());
        Set<String> operations = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.root().path("paths").properties()) {
            for (String method : names(path.getValue())) {
                operations.add(method + " " + path.getKey());
                HttpResponse<String> answer = call(method, path.getKey());
                assertThat(answer.statusCode()).isNotIn(405, 500);
                assertThat(document.faults(path.getKey(), method, answer))
                        .as("%s %s: %s", method, answer, answer.body())
                        .isEmpty();
            }
        }
        assertThat(operations).hasSize(20);
    }

    @Test
    void openApi_thatLacksAFieldOrItsKind_isFound() throws Exception {
        HttpResponse<String> answer = server.get("/api/v1/status");
        String text = server.get("/api/v1/openapi.json").body();
        for (String name : List.of("uptime_seconds", "hits")) {
            assertThat(new ApiDocument(text.replace("\"" + name + "\"", "\"another\""))
                            .faults("/status", "get", answer))
                    .as(name)
                    .isNotEmpty();
        }
        assertThat(new ApiDocument(text.replace("\"integer\"", "\"string\"")).faults("/status", "get", answer))
                .isNotEmpty();
    }

    private HttpResponse<String> call(String method, String pattern) throws Exception {
        String path = pattern.replace("{repository}", "pypi")
                .replace("{path}", "demo")
                .replace("{id}", "none");
        String body = Set.of("/backup", "/restore", "/export", "/import").contains(pattern)
                ? "{\"directory\":\"" + home.resolve(pattern.substring(1)) + "\"}"
                : method.equals("post") ? BODIES.getOrDefault(pattern, "") : "";
        return server.send(method.toUpperCase(java.util.Locale.ROOT), "/api/v1" + path, body);
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.properties().forEach(entry -> names.add(entry.getKey()));
        return names;
    }

    @Test
    void openApi_everyOperationThatAnswers_isInIt() throws Exception {
        JsonNode paths = Running.json(server.get("/api/v1/openapi.json")).path("paths");
        for (String path : List.of("/status", "/tokens", "/tokens/x", "/repositories/pypi/demo", "/gc", "/nothing")) {
            String pattern = path.replace("/tokens/x", "/tokens/{id}")
                    .replace("/repositories/pypi/demo", "/repositories/{repository}/{path}");
            HttpResponse<String> answer = server.send("PATCH", "/api/v1" + path, "");
            if (paths.has(pattern)) {
                assertThat(answer.statusCode()).as(path).isEqualTo(405);
                Set<String> allowed = new TreeSet<>(List.of(
                        answer.headers().firstValue("allow").orElseThrow().split(", ")));
                Set<String> told = new TreeSet<>();
                names(paths.path(pattern)).forEach(name -> told.add(name.toUpperCase(java.util.Locale.ROOT)));
                assertThat(allowed).isEqualTo(told);
            } else {
                assertThat(answer.statusCode()).as(path).isEqualTo(404);
            }
        }
    }

    @Test
    void status_tellsRequestsAndHits() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        server.hit(FILE);
        server.hit(FILE);
        JsonNode status = Running.json(server.get("/api/v1/status"));
        assertThat(status.path("requests").asLong()).isGreaterThanOrEqualTo(2);
        assertThat(status.path("hits").asLong())
                .isPositive()
                .isLessThan(status.path("requests").asLong());
        assertThat(status.path("limit_bytes").asLong()).isPositive();
        assertThat(Running.json(server.get("/api/v1/sources"))
                        .get(0)
                        .path("name")
                        .asString())
                .isNotBlank();
    }

    @Test
    void usage_countsDownloads_asJsonAndCsv() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        server.get(FILE);
        String day = LocalDate.now(ZoneOffset.UTC).toString();
        JsonNode rows = Running.json(server.get("/api/v1/usage?package=demo&repository=pypi"));
        assertThat(rows.size()).isEqualTo(1);
        assertThat(rows.get(0).path("downloads").asLong()).isEqualTo(1);
        assertThat(rows.get(0).path("version").asString()).isEqualTo("1.0");
        assertThat(server.get("/api/v1/usage?format=csv").body())
                .isEqualTo("day,repository,ecosystem,package,version,downloads,bytes\r\n" + day
                        + ",pypi,python,demo,1.0,1," + BODY.length + "\r\n");
        assertThat(server.get("/api/v1/usage?from=yesterday").statusCode()).isEqualTo(400);
        assertThat(server.get("/api/v1/usage?format=xml").statusCode()).isEqualTo(400);
        assertThat(server.get("/api/v1/usage?from=2026-02-02&to=2026-02-01").statusCode())
                .isEqualTo(400);
    }

    @Test
    @DisplayName("failures 17: purge by API makes the next request ask the origin")
    void purge_ofAPackage_isFetchedAnew() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        server.hit(FILE);
        JsonNode purged = Running.json(server.send("DELETE", "/api/v1/repositories/pypi/Demo", ""));
        assertThat(purged.path("purged").size()).isEqualTo(1);
        HttpResponse<String> again = server.get(FILE);
        assertThat(again.headers().firstValue("cache-status").orElse("")).contains("fwd=miss");
        server.hit(FILE);
        assertThat(Running.json(server.send("DELETE", "/api/v1/repositories/pypi" + FILE.substring(5), ""))
                        .path("purged")
                        .size())
                .isEqualTo(1);
        assertThat(server.send("DELETE", "/api/v1/repositories/nope/demo", "").statusCode())
                .isEqualTo(404);
        assertThat(server.send("DELETE", "/api/v1/repositories/pypi/a/../b", "").statusCode())
                .isIn(400, 404);
        assertThat(server.get("/api/v1/audit").body())
                .contains("DELETE /repositories")
                .contains("loopback");
    }

    @Test
    void changes_throughAProxy_needAnAdminToken() throws Exception {
        String admin = token("admin");
        String read = token("read");
        for (String mark : List.of("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP")) {
            assertThat(server.send("POST", "/api/v1/gc", "", mark, "192.0.2.7").statusCode())
                    .as(mark)
                    .isEqualTo(401);
        }
        assertThat(server.send("POST", "/api/v1/gc", "", elsewhere("Authorization", "Bearer " + read))
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.send("POST", "/api/v1/gc", "", elsewhere("Authorization", "Bearer nonsense"))
                        .statusCode())
                .isEqualTo(401);
        HttpResponse<String> done =
                server.send("POST", "/api/v1/gc", "", elsewhere("Authorization", "Bearer " + admin));
        assertThat(done.statusCode()).isEqualTo(200);
        assertThat(Running.json(done).path("result").path("orphans").asLong(-1)).isZero();
        assertThat(server.get("/api/v1/audit", elsewhere("Authorization", "Bearer " + read))
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.get("/api/v1/audit", elsewhere()).statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/status", elsewhere()).statusCode()).isEqualTo(200);
    }

    @Test
    void tokens_areMadeOnLoopbackOnly_shownOnce_andEnd() throws Exception {
        String admin = token("admin");
        assertThat(server.send(
                                "POST",
                                "/api/v1/tokens",
                                "{\"name\":\"x\"}",
                                elsewhere("Authorization", "Bearer " + admin))
                        .statusCode())
                .isEqualTo(403);
        HttpResponse<String> listed = server.get("/api/v1/tokens");
        assertThat(listed.body()).contains("\"ci\"").doesNotContain(admin);
        String id = Running.json(listed).get(0).path("id").asString();
        assertThat(server.send("DELETE", "/api/v1/tokens/" + id, "").statusCode())
                .isEqualTo(200);
        assertThat(server.send("POST", "/api/v1/gc", "", elsewhere("Authorization", "Bearer " + admin))
                        .statusCode())
                .isEqualTo(401);
        for (String bad :
                List.of("{}", "[]", "{", "{\"name\":\"x\",\"scope\":\"god\"}", "{\"name\":\"x\",\"days\":0}")) {
            assertThat(server.send("POST", "/api/v1/tokens", bad).statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
        assertThat(server.get("/api/v1/audit").body()).doesNotContain(admin).contains("POST /tokens");
    }

    @Test
    void changes_whereAProxyMayStand_needATokenFromTheLoopbackAsWell() throws Exception {
        Path other = Files.createDirectories(home.resolve("behind"));
        try (Running behind = new Running(other, "[http]", "trusted-proxies = [\"192.0.2.1\"]")) {
            assertThat(behind.send("POST", "/api/v1/tokens", "{\"name\":\"x\"}").statusCode())
                    .isEqualTo(403);
            assertThat(behind.send("POST", "/api/v1/gc", "").statusCode()).isEqualTo(401);
            String local = "Bearer " + LocalToken.read(behind.data()).orElseThrow();
            HttpResponse<String> made = behind.send(
                    "POST", "/api/v1/tokens", "{\"name\":\"x\",\"scope\":\"admin\"}", "Authorization", local);
            assertThat(made.statusCode()).isEqualTo(201);
            String token = "Bearer " + Running.json(made).path("token").asString();
            assertThat(behind.send("POST", "/api/v1/gc", "", "Authorization", token)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(behind.get("/api/v1/audit", "Authorization", local).body())
                    .contains("\"local\"", "\"token x\"");
            behind.stop();
            assertThat(LocalToken.read(behind.data())).isEmpty();
            behind.start();
            assertThat(behind.send("POST", "/api/v1/gc", "", "Authorization", local)
                            .statusCode())
                    .as("of an earlier start")
                    .isEqualTo(401);
        }
    }

    @Test
    void reload_isInTheAuditLogAndInTheLog() throws Exception {
        try (CapturedLog log = new CapturedLog(AuditLog.class.getName())) {
            server.reloaded("log.level", "done");
            server.reloaded("", "done");
            assertThat(log.lines())
                    .containsExactly(
                            "Audit: signal from this machine: reload log.level: done",
                            "Audit: signal from this machine: reload: done");
        }
        assertThat(server.get("/api/v1/audit").body())
                .contains("\"reload\"", "\"signal\"", "\"this machine\"", "\"log.level\"");
    }

    @Test
    void changes_askedForByAPageFromElsewhere_areRefused() throws Exception {
        assertThat(server.send("POST", "/api/v1/gc", "", "Origin", "https://evil.test")
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.get("/api/v1/audit").body()).contains("refused");
    }

    @Test
    void backup_ofWhatIsServed_restoresToTheSame() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        byte[] large = new byte[300_000];
        java.util.Arrays.fill(large, (byte) 7);
        large[0] = 'P';
        large[1] = 'K';
        large[2] = 3;
        large[3] = 4;
        server.origin.on("/packages/aa/cc/0123456789/big-1.0-py3-none-any.whl", Reply.of(200, large));
        String big = "/pypi/packages/aa/cc/0123456789/big-1.0-py3-none-any.whl";
        server.hit(FILE);
        server.hit(big);
        Path copy = home.resolve("copy");
        Running.Ran first = server.run("backup", "--json", copy.toString());
        assertThat(first.err()).isEmpty();
        assertThat(first.status()).isZero();
        assertThat(new JsonMapper().readTree(first.out()).path("new_bytes").asLong())
                .isGreaterThan(300_000);
        Running.Ran second = server.run("backup", "--json", copy.toString());
        assertThat(new JsonMapper().readTree(second.out()).path("new_bytes").asLong())
                .as("only the pack that grows is copied again")
                .isLessThan(10_000);
        server.stop();
        Path elsewhere = Files.createDirectories(home.resolve("elsewhere"));
        try (Running twin = new Running(elsewhere)) {
            twin.stop();
            assertThat(twin.runOnData("restore", copy.toString()).status())
                    .as("a data directory that is not new")
                    .isEqualTo(2);
            deleteAll(twin.data());
            Running.Ran restored = twin.runOnData("restore", copy.toString());
            assertThat(restored.err()).isEmpty();
            assertThat(restored.status()).isZero();
            twin.start();
            assertThat(twin.get(FILE).headers().firstValue("cache-status").orElse(""))
                    .contains("hit");
            assertThat(twin.get(big).body()).hasSize(large.length);
            assertThat(twin.origin.requests()).isEmpty();
            assertThat(Running.json(twin.get("/api/v1/usage")).size()).isEqualTo(2);
        }
    }

    @Test
    void restore_ofARunningServer_isThereAfterTheNextStart() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        String later = FILE.replace("demo-1.0", "later-1.0");
        server.origin.on("/packages/aa/bb/0123456789/later-1.0.tar.gz", Reply.of(200, BODY));
        server.hit(FILE);
        String directory = "{\"directory\":\"" + home.resolve("copy") + "\"}";
        assertThat(last(server.send("POST", "/api/v1/backup", directory))).contains("\"result\"");
        server.hit(later);
        assertThat(last(server.send("POST", "/api/v1/restore", directory))).contains("\"result\"", "at the next start");
        server.hit(later);
        server.stop();
        server.start();
        server.origin.otherwise(Reply.of(404, new byte[0]));
        assertThat(server.get(FILE).headers().firstValue("cache-status").orElse(""))
                .contains("hit");
        assertThat(server.get(later).headers().firstValue("cache-status").orElse(""))
                .contains("fwd=miss");
        assertThat(server.data().toFile().list()).noneMatch(name -> name.startsWith("re"));
    }

    @Test
    void restore_ofWhatIsNoBackup_isRefusedAndNothingIsStaged() throws Exception {
        String answer = last(server.send("POST", "/api/v1/restore", "{\"directory\":\"" + home + "\"}"));
        assertThat(answer).contains("is no whole backup", "\"status\":400");
        assertThat(server.data().toFile().list()).noneMatch(name -> name.startsWith("restore"));
    }

    private static String last(HttpResponse<String> lines) {
        return lines.body().lines().reduce((first, second) -> second).orElse("");
    }

    @Test
    void warm_byTheApi_tellsItsProgressAndHoldsWhatWasNamed() throws Exception {
        byte[] page = "<!DOCTYPE html><a href=\"/packages/aa/bb/0123456789/demo-1.0.tar.gz\">demo-1.0.tar.gz</a>"
                .getBytes(StandardCharsets.UTF_8);
        server.origin.on("/simple/demo/", Reply.of(200, page, "content-type: text/html"));
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        List<String> lines = server.send(
                        "POST",
                        "/api/v1/warm",
                        "{\"files\":[{\"name\":\"requirements.txt\",\"text\":\"-r more.txt\"},"
                                + "{\"name\":\"more.txt\",\"text\":\"demo==1.0\"}]}")
                .body()
                .lines()
                .toList();
        assertThat(lines.get(0)).contains("\"step\":\"look up\"", "\"total\":1");
        JsonNode result = new JsonMapper().readTree(lines.get(lines.size() - 1)).path("result");
        assertThat(result.path("failures").size()).as(result.toString()).isZero();
        assertThat(result.path("files").asInt()).isEqualTo(1);
        assertThat(result.path("bytes").asLong()).isEqualTo(BODY.length);
        long asked = server.origin.requests("/packages/aa/bb/0123456789/demo-1.0.tar.gz");
        server.hit(FILE);
        assertThat(server.origin.requests("/packages/aa/bb/0123456789/demo-1.0.tar.gz"))
                .isEqualTo(asked);
    }

    @Test
    void warm_whatIsWrong_isSaidAndNothingOfTheServersIsRead() throws Exception {
        Path secret = Files.writeString(home.resolve("secret.txt"), "demo==1.0\n");
        for (String bad : List.of("{}", "{\"files\":[]}", "{\"files\":[{\"name\":\"x\"}]}")) {
            assertThat(server.send("POST", "/api/v1/warm", bad).statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
        assertThat(last(server.send(
                        "POST", "/api/v1/warm", "{\"files\":[{\"name\":\"a.txt\",\"text\":\"-r " + secret + "\"}]}")))
                .contains("secret.txt: cannot be read", "\"status\":400");
        assertThat(last(server.send(
                        "POST",
                        "/api/v1/warm",
                        "{\"files\":[{\"name\":\"a.txt\",\"text\":\"demo\"}],\"wheels\":\"(\"}")))
                .contains("is not a regular expression", "\"status\":400");
        assertThat(server.send("POST", "/api/v1/warm", "{}", elsewhere()).statusCode())
                .isEqualTo(401);
    }

    @Test
    void checkConfig_tellsWhatIsInForceAndWhatWouldCome() throws Exception {
        String text = Files.readString(server.file());
        Files.writeString(server.file(), text.replace("[sources.pypi]", "[sources.pypi]\ntoken = \"hunter2\""));
        server.reload();
        Files.writeString(server.file(), text.replace("[log]", "[cache]\nmemory = \"1 MiB\"\n[log]"));
        HttpResponse<String> answer = server.get("/api/v1/check-config");
        assertThat(answer.body()).doesNotContain("hunter2");
        JsonNode report = Running.json(answer);
        assertThat(report.path("file").asString()).isEqualTo(server.file().toString());
        assertThat(setting(report, "sources.pypi.token").path("value").asString())
                .isEqualTo("********");
        assertThat(setting(report, "sources.pypi.token").path("from").asString())
                .isEqualTo(server.file() + ":4");
        assertThat(setting(report, "cache.memory").path("value").asString()).isEqualTo("128 MiB");
        assertThat(report.path("changed").valueStream().map(JsonNode::asString))
                .containsExactly("cache.memory", "sources.pypi.token");
        Files.writeString(server.file(), text.replace("[log]", "[lgo]"));
        report = Running.json(server.get("/api/v1/check-config"));
        assertThat(report.path("problem").asString()).contains("forebay.toml:9: ", "lgo");
        assertThat(report.has("changed")).isFalse();
        assertThat(server.get("/api/v1/check-config", elsewhere()).statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/check-config", elsewhere("Authorization", "Bearer " + token("read")))
                        .statusCode())
                .isEqualTo(403);
    }

    private static JsonNode setting(JsonNode report, String key) {
        return report.path("settings")
                .valueStream()
                .filter(setting -> setting.path("key").asString().equals(key))
                .findFirst()
                .orElseThrow();
    }

    static void deleteAll(Path root) throws Exception {
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void backup_intoWhatIsNoBackup_isRefusedAndNothingChanged() throws Exception {
        Path other = Files.createDirectories(home.resolve("other"));
        Files.writeString(other.resolve("letter"), "dear");
        Running.Ran ran = server.run("backup", other.toString());
        assertThat(ran.status()).isNotZero();
        assertThat(ran.err()).hasLineCount(1).contains("holds something that is no backup");
        assertThat(other.toFile().list()).containsExactly("letter");
        assertThat(server.run("backup", server.data().resolve("x").toString()).status())
                .isNotZero();
    }

    @Test
    void commands_onARunningServer_tellAndAct() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        server.hit(FILE);
        assertThat(server.run("status").out()).contains("Forebay").containsPattern("requests  [1-9]");
        assertThat(new JsonMapper()
                        .readTree(server.run("status", "--json").out())
                        .has("flights"))
                .isTrue();
        assertThat(server.run("status", "--watch").out())
                .as("once, where there is no terminal")
                .containsOnlyOnce("requests  ")
                .doesNotContain("\u001b");
        assertThat(server.run("sources").out()).contains("pypi");
        assertThat(server.run("verify").out()).contains("damaged          0");
        assertThat(server.run("gc", "--json").out()).contains("\"orphans\":0");
        assertThat(server.run("purge", "pypi", "demo").out()).endsWith("1 forgotten" + System.lineSeparator());
        assertThat(server.run("purge", "nope", "demo")).satisfies(ran -> {
            assertThat(ran.status()).isEqualTo(2);
            assertThat(ran.err()).isEqualTo("forebay: there is no repository nope" + System.lineSeparator());
        });
    }

    @Test
    void verify_onAStoppedServersData_repairsAndSaysSo() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        byte[] large = new byte[300_000];
        server.origin.on("/packages/aa/cc/0123456789/demo-2.0.txt", Reply.of(200, large));
        server.get(FILE);
        server.stop();
        assertThat(server.runOnData("verify").status()).isZero();
        assertThat(server.runOnData("gc").status()).isZero();
        server.start();
    }

    /** The one body that is too large for a pack. */
    private Path file() throws Exception {
        try (var files = Files.walk(server.data().resolve("store/blobs"))) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    private void damage() throws Exception {
        byte[] bytes = Files.readAllBytes(file());
        bytes[bytes.length / 2] ^= 1;
        Files.write(file(), bytes);
    }

    @Test
    void verify_ofAFlippedBit_isOneAndSaysWhatWasDamaged_thenZero() throws Exception {
        server.origin.on("/packages/aa/cc/0123456789/big-1.0.tar.gz", Reply.of(200, large()));
        server.hit("/pypi/packages/aa/cc/0123456789/big-1.0.tar.gz");
        damage();
        Running.Ran running = server.run("verify");
        assertThat(running.out()).contains("damaged          1");
        assertThat(running.err()).hasLineCount(1).contains("1 stored files were damaged or lost");
        assertThat(running.status()).isEqualTo(1);
        assertThat(server.run("verify").status()).isZero();
        server.hit("/pypi/packages/aa/cc/0123456789/big-1.0.tar.gz");
        server.stop();
        damage();
        Running.Ran stopped = server.runOnData("verify", "--json");
        assertThat(new JsonMapper().readTree(stopped.out()).path("damaged").asLong())
                .isEqualTo(1);
        assertThat(stopped.status()).isEqualTo(1);
        assertThat(server.runOnData("verify").status()).isZero();
    }

    private static byte[] large() {
        byte[] large = new byte[300_000];
        large[0] = 0x1f;
        large[1] = (byte) 0x8b;
        return large;
    }

    @Test
    void results_ofEveryCommand_areJsonWhenAskedFor() throws Exception {
        server.origin.on("/packages/aa/bb/0123456789/demo-1.0.tar.gz", Reply.of(200, BODY));
        server.hit(FILE);
        Path names = Files.writeString(home.resolve("names.txt"), "absent\n");
        String copy = home.resolve("copy").toString();
        String export = home.resolve("export").toString();
        assertThat(json(0, "status", "--json").path("status").has("requests")).isTrue();
        assertThat(json(0, "sources", "--json").get(0).has("url")).isTrue();
        assertThat(json(0, "verify", "--json").path("blobs").asLong()).isEqualTo(1);
        assertThat(json(0, "gc", "--json").path("orphans").asLong(-1)).isZero();
        assertThat(json(0, "backup", "--json", copy).path("files").asLong()).isPositive();
        assertThat(json(0, "export", "--json", export).path("entries").asLong()).isEqualTo(1);
        assertThat(json(0, "import", "--json", export).path("new_entries").asLong(-1))
                .isZero();
        assertThat(json(1, "warm", "--json", names.toString()).path("failures").size())
                .isEqualTo(1);
        assertThat(json(0, "purge", "--json", "pypi", "demo").size()).isEqualTo(1);
        assertThat(json(0, "token", "list", "--json").size()).isZero();
        server.stop();
        deleteAll(server.data());
        assertThat(parsed(0, server.runOnData("restore", "--json", copy))
                        .path("bytes")
                        .asLong())
                .isPositive();
        assertThat(parsed(0, server.runOnData("check-config", "--json"))
                        .path("settings")
                        .size())
                .isGreaterThan(60);
    }

    private JsonNode json(int status, String... words) {
        return parsed(status, server.run(words));
    }

    private static JsonNode parsed(int status, Running.Ran ran) {
        assertThat(ran.status()).as(ran.err()).isEqualTo(status);
        return new JsonMapper().readTree(ran.out());
    }

    @Test
    void tokens_areMadeListedAndRevokedByCommand() throws Exception {
        JsonNode made = json(0, "token", "create", "--json", "--scope", "admin", "--days", "7", "build machine");
        String secret = made.path("token").asString();
        assertThat(Instant.parse(made.path("expires").asString()))
                .isBetween(Instant.now().plus(6, ChronoUnit.DAYS), Instant.now().plus(8, ChronoUnit.DAYS));
        assertThat(server.send("POST", "/api/v1/gc", "", elsewhere("Authorization", "Bearer " + secret))
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.run("token", "create", "reader").out())
                .contains("token            forebay_")
                .contains("scope            read");
        String listed = server.run("token", "list").out();
        assertThat(listed).hasLineCount(2).contains("build machine", "reader").doesNotContain(secret);
        String id = made.path("id").asString();
        assertThat(json(0, "token", "revoke", "--json", id).path("deleted").asString())
                .isEqualTo(id);
        assertThat(server.send("POST", "/api/v1/gc", "", elsewhere("Authorization", "Bearer " + secret))
                        .statusCode())
                .isEqualTo(401);
        for (List<String> wrong : List.of(
                List.of("token", "revoke", id),
                List.of("token", "revoke", "../verify"),
                List.of("token", "create", "--scope", "god", "x"),
                List.of("token", "create", "--days", "0", "x"),
                List.of("token", "create", "--days", "many", "x"),
                List.of("token", "create", "/"))) {
            Running.Ran ran = server.run(wrong.toArray(String[]::new));
            assertThat(ran.status()).as(wrong.toString()).isEqualTo(2);
            assertThat(ran.err()).hasLineCount(1).startsWith("forebay: ");
        }
        assertThat(Running.command("token").status()).isEqualTo(2);
    }

    @Test
    void commands_withoutAServer_sayOneLine() {
        String dead = "http://127.0.0.1:1";
        for (String command : List.of("status", "sources", "verify", "gc")) {
            Running.Ran ran = Running.command(command, "--url", dead);
            assertThat(ran.status()).as(command).isEqualTo(1);
            assertThat(ran.err()).hasLineCount(1).contains("no server answers at " + dead);
        }
    }

    @Test
    void commands_wrongUse_isTwoAndOneLine() {
        for (String line : List.of(
                "status --url nonsense",
                "status extra",
                "purge pypi",
                "purge --url http://127.0.0.1:1 pypi /",
                "backup",
                "restore /nonexistent",
                "warm",
                "warm /nonexistent",
                "verify --rate fast")) {
            Running.Ran ran = Running.command(line.split(" "));
            assertThat(ran.status()).as(line).isEqualTo(2);
            assertThat(ran.err()).as(line).hasLineCount(1).startsWith("forebay: ");
            assertThat(ran.out()).as(line).isEmpty();
        }
    }
}
