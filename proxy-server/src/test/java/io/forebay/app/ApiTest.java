package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The API against a whole server. */
class ApiTest {
    private static final String FILE = "/pypi/packages/aa/bb/0123456789/demo-1.0.tar.gz";
    private static final byte[] BODY = "\u001f\u008bnot really gzip".getBytes(StandardCharsets.ISO_8859_1);

    /** Bodies that operations take. */
    private static final Map<String, String> BODIES = Map.of("/tokens", "{\"name\":\"n\"}");

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
    void openApi_everyOperationInIt_answers() throws Exception {
        JsonNode document = Running.json(server.get("/api/v1/openapi.json"));
        assertThat(document.path("openapi").asString()).startsWith("3.");
        Set<String> operations = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                operations.add(operation.getKey() + " " + path.getKey());
                HttpResponse<String> answer = call(operation.getKey(), path.getKey());
                assertThat(operation.getValue().path("responses").has(Integer.toString(answer.statusCode())))
                        .as(
                                "%s %s answers %s: %s",
                                operation.getKey(), path.getKey(), answer.statusCode(), answer.body())
                        .isTrue();
                assertThat(answer.statusCode()).isNotIn(405, 500);
                sameShape(document, operation.getValue(), answer);
            }
        }
        assertThat(operations).hasSize(17);
    }

    private HttpResponse<String> call(String method, String pattern) throws Exception {
        String path = pattern.replace("{repository}", "pypi")
                .replace("{path}", "demo")
                .replace("{id}", "none");
        String body = Set.of("/backup", "/export", "/import").contains(pattern)
                ? "{\"directory\":\"" + home.resolve(pattern.substring(1)) + "\"}"
                : method.equals("post") ? BODIES.getOrDefault(pattern, "") : "";
        return server.send(method.toUpperCase(java.util.Locale.ROOT), "/api/v1" + path, body);
    }

    /** A body is as the document says of this status; of lines, each is. */
    private static void sameShape(JsonNode document, JsonNode operation, HttpResponse<String> answer) {
        JsonNode content = operation
                .path("responses")
                .path(Integer.toString(answer.statusCode()))
                .path("content");
        String type = answer.headers().firstValue("content-type").orElse("").replaceFirst(";.*", "");
        assertThat(names(content)).as(answer.toString()).contains(type);
        List<String> bodies = type.equals("application/x-ndjson")
                ? answer.body().lines().toList()
                : type.equals("application/json") ? List.of(answer.body()) : List.of();
        for (String body : bodies) {
            assertThat(faults(document, content.path(type).path("schema"), new JsonMapper().readTree(body), "$"))
                    .as("%s: %s", answer, body)
                    .isEmpty();
        }
    }

    /** What is in a value and not as its schema says, or required and not there. */
    private static List<String> faults(JsonNode document, JsonNode schema, JsonNode value, String at) {
        if (schema.has("$ref")) {
            return faults(document, document.at(schema.path("$ref").asString().substring(1)), value, at);
        }
        List<String> faults = new ArrayList<>();
        JsonNode merged = merged(document, schema);
        boolean typed =
                switch (merged.path("type").asString("any")) {
                    case "object" -> value.isObject();
                    case "array" -> value.isArray();
                    case "string" -> value.isString();
                    case "integer" -> value.isIntegralNumber();
                    case "number" -> value.isNumber();
                    case "boolean" -> value.isBoolean();
                    default -> true;
                };
        if (!typed) {
            faults.add(at + " is no " + merged.path("type").asString() + ": " + value);
        }
        if (merged.has("enum") && merged.path("enum").valueStream().noneMatch(value::equals)) {
            faults.add(at + " is none of " + merged.path("enum"));
        }
        merged.path("required").forEach(name -> {
            if (!value.has(name.asString())) {
                faults.add(at + " lacks " + name);
            }
        });
        JsonNode properties = merged.path("properties");
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            String name = at + "." + field.getKey();
            if (properties.has(field.getKey())) {
                faults.addAll(faults(document, properties.path(field.getKey()), field.getValue(), name));
            } else if (!properties.isMissingNode()) {
                faults.add(name + " is not in the document");
            }
        }
        if (value.isArray()) {
            value.forEach(element -> faults.addAll(faults(document, merged.path("items"), element, at + "[]")));
        }
        return faults;
    }

    /** One schema of what {@code allOf} joins; any other as it is. */
    private static JsonNode merged(JsonNode document, JsonNode schema) {
        if (!schema.has("allOf")) {
            return schema;
        }
        ObjectNode merged = new JsonMapper().createObjectNode();
        merged.put("type", "object");
        for (JsonNode part : schema.path("allOf")) {
            JsonNode resolved =
                    part.has("$ref") ? document.at(part.path("$ref").asString().substring(1)) : part;
            resolved.path("properties").properties().forEach(entry -> merged.withObjectProperty("properties")
                    .set(entry.getKey(), entry.getValue()));
            resolved.path("required").forEach(merged.withArrayProperty("required")::add);
        }
        return merged;
    }

    @Test
    void openApi_everyReferenceAndPathParameter_leadsSomewhere() throws Exception {
        JsonNode document = Running.json(server.get("/api/v1/openapi.json"));
        List<JsonNode> references = document.findValues("$ref");
        assertThat(references).isNotEmpty().allSatisfy(reference -> assertThat(
                        document.at(reference.asString().substring(1)).isMissingNode())
                .as(reference.asString())
                .isFalse());
        assertThat(names(document.path("components").path("schemas")))
                .allSatisfy(name ->
                        assertThat(references).extracting(JsonNode::asString).contains("#/components/schemas/" + name));
        Set<String> ids = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            Set<String> inPath = Pattern.compile("\\{([a-z]+)}")
                    .matcher(path.getKey())
                    .results()
                    .map(found -> found.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            for (JsonNode operation : path.getValue()) {
                Set<String> declared = new TreeSet<>();
                for (JsonNode parameter : operation.path("parameters")) {
                    assertThat(parameter.path("schema").has("type"))
                            .as("%s", parameter)
                            .isTrue();
                    if (parameter.path("in").asString().equals("path")) {
                        assertThat(parameter.path("required").asBoolean(false))
                                .as("%s", parameter)
                                .isTrue();
                        declared.add(parameter.path("name").asString());
                    }
                }
                assertThat(declared).as(path.getKey()).isEqualTo(inPath);
                assertThat(ids.add(operation.path("operationId").asString()))
                        .as("%s", operation.path("operationId"))
                        .isTrue();
            }
        }
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
    void reload_isInTheAuditLog() throws Exception {
        server.reloaded("log.level", "done");
        assertThat(server.get("/api/v1/audit").body()).contains("\"reload\"", "\"signal\"", "\"log.level\"");
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
