package io.forebay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bill of materials names what is in the runnable jar, and nothing of it is by chance. */
class SbomIT {
    private static final Path SBOM = Path.of("target", "forebay.cdx.json");

    @BeforeEach
    void built() {
        assumeThat(SBOM).as("the SBOM is made when Maven is online").exists();
    }

    @Test
    void components_areTheRuntimeDependencies() throws IOException {
        List<String> resolved = RuntimeDependency.all().stream()
                .map(library -> library.name() + ":" + library.version())
                .toList();

        assertThat(resolved).hasSizeGreaterThan(20);
        assertThat(components()).containsExactlyInAnyOrderElementsOf(new TreeSet<>(resolved));
    }

    @Test
    void components_nameWhatTheJarSaysItHolds() throws IOException {
        Set<String> held = new TreeSet<>();
        try (JarFile jar = new JarFile(Path.of("target", "forebay.jar").toFile())) {
            for (JarEntry entry : jar.stream().toList()) {
                if (entry.getName().matches("META-INF/maven/.*/pom\\.properties")) {
                    Properties properties = new Properties();
                    try (InputStream in = jar.getInputStream(entry)) {
                        properties.load(in);
                    }
                    held.add(properties.getProperty("groupId") + ":" + properties.getProperty("artifactId") + ":"
                            + properties.getProperty("version"));
                }
            }
        }
        held.removeIf(name -> name.startsWith("io.forebay:proxy-server:"));
        // netty-common carries it inside itself, under names of its own.
        held.removeIf(name -> name.startsWith("org.jctools:"));

        assertThat(held).hasSizeGreaterThan(10);
        assertThat(components()).containsAll(held);
    }

    @Test
    void head_isReproducible() {
        JsonNode sbom = JsonMapper.shared().readTree(SBOM);

        assertThat(sbom.required("bomFormat").asString()).isEqualTo("CycloneDX");
        assertThat(sbom.has("serialNumber")).isFalse();
        assertThat(sbom.required("metadata").path("timestamp").asString("2026-11-01T00:00:00Z"))
                .isEqualTo("2026-11-01T00:00:00Z");
    }

    private static Set<String> components() {
        Set<String> components = new TreeSet<>();
        for (JsonNode component : JsonMapper.shared().readTree(SBOM).required("components")) {
            components.add(component.required("group").asString() + ":"
                    + component.required("name").asString() + ":"
                    + component.required("version").asString());
        }
        return components;
    }
}
