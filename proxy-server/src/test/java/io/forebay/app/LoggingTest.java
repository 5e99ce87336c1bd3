package io.forebay.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LoggingTest {
    private final PrintStream stderr = System.err;

    @AfterEach
    void restore() {
        System.setErr(stderr);
        Logging.apply(new Configuration.Log("info", "text", true, "auto"));
    }

    @Test
    void text_controlCharacters_cannotMakeALineOfTheirOwn() {
        LoggingEvent event = event("io.forebay.upstream.HttpOrigins", "got \r\n2026 INFO fake\u001b[0m\u2028");
        assertThat(new TextLayout().doLayout(event))
                .matches("\\S+Z WARN  upstream: got \\\\u000d\\\\u000a2026 INFO fake\\\\u001b\\[0m\\\\u2028\n");
    }

    @Test
    void text_loggerOfALibrary_keepsItsName() {
        assertThat(new TextLayout().doLayout(event("io.netty.util.X", "m"))).endsWith(" io.netty.util.X: m\n");
    }

    @Test
    void levels_librariesAreQuietUnlessTrace() {
        Logging.apply(new Configuration.Log("debug", "text", true, "auto"));
        assertThat(LoggerFactory.getLogger("io.forebay.cache").isDebugEnabled()).isTrue();
        assertThat(LoggerFactory.getLogger("io.netty.x").isInfoEnabled()).isFalse();
        Logging.apply(new Configuration.Log("trace", "text", true, "auto"));
        assertThat(LoggerFactory.getLogger("io.netty.x").isTraceEnabled()).isTrue();
    }

    @Test
    void json_line_isOneObject() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        Logging.apply(new Configuration.Log("info", "json", true, "auto"));
        LoggerFactory.getLogger("io.forebay.app.X").info("a \"b\"\n{}", "c");
        Logging.stop();
        JsonNode line = new JsonMapper().readTree(bytes.toString(StandardCharsets.UTF_8));
        assertThat(line.get("formattedMessage").stringValue()).isEqualTo("a \"b\"\nc");
        assertThat(line.get("level").stringValue()).isEqualTo("INFO");
        assertThat(bytes.toString(StandardCharsets.UTF_8)).hasLineCount(1);
    }

    private static LoggingEvent event(String logger, String message) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger named = context.getLogger(logger);
        return new LoggingEvent("x", named, Level.WARN, message, null, new Object[0]);
    }

    @ParameterizedTest
    @CsvSource({"text, auto, combined", "json, auto, json", "json, common, common", "text, json, json"})
    void accessLine_auto_followsTheFormat(String format, String accessFormat, String line) {
        assertThat(new Configuration.Log("info", format, true, accessFormat).accessLine())
                .isEqualTo(line);
    }
}
