package io.forebay;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The rooms and their arrows, as docs/design.md draws them. A package that is not on the map, an arrow that is not in the
 * table, a row without classes or a circle fails the build. (Constants that the compiler inlines leave no arrow.)
 */
class PackageMapTest {
    private static final String BASE = "io.forebay.";

    /** Package to the packages of ours it may use. */
    private static final Map<String, Set<String>> MAP = map();

    private static final Map<String, List<String>> FOREIGN_BANNED = Map.of(
            "model", List.of("io.netty", "reactor", "org.reactivestreams", "tools.jackson", "io.r2dbc", "org.slf4j"),
            "ecosystem", List.of("io.netty", "reactor", "io.r2dbc"),
            "ecosystem.r", List.of("io.netty", "reactor", "io.r2dbc"),
            "ecosystem.python", List.of("io.netty", "reactor", "io.r2dbc"),
            "cache", List.of("reactor.netty.http.server", "io.r2dbc"),
            "r2dbc.sqlite", List.of("io.netty"));

    private static Map<String, Set<String>> map() {
        Map<String, Set<String>> map = new LinkedHashMap<>();
        map.put("r2dbc.sqlite", Set.of());
        map.put("model", Set.of());
        map.put("ecosystem", Set.of("model"));
        map.put("ecosystem.r", Set.of("model", "ecosystem"));
        map.put("ecosystem.python", Set.of("model", "ecosystem"));
        map.put("repository", Set.of("model", "ecosystem"));
        map.put("store", Set.of("model"));
        map.put("catalog", Set.of("model"));
        map.put("upstream", Set.of("model"));
        map.put("policy", Set.of("model", "catalog"));
        map.put("cache", Set.of("model", "store", "catalog", "upstream"));
        map.put("http", Set.of("model", "repository", "policy", "cache"));
        map.put("observe", Set.of("model", "cache"));
        map.put("admin", Set.of("model", "ecosystem", "repository", "policy", "catalog", "store", "cache"));
        Set<String> all = new TreeSet<>(map.keySet());
        map.put("app", all);
        return map;
    }

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar")
                    && !location.contains("/test-classes/")
                    && !location.contains("load-tests"))
            .importPackages("io.forebay");

    @Test
    void classes_wereLoaded() {
        assertThat(CLASSES.size()).isGreaterThan(60);
    }

    @Test
    void map_hasNoCircle() {
        List<String> placed = new ArrayList<>();
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Map.Entry<String, Set<String>> row : MAP.entrySet()) {
                if (!placed.contains(row.getKey()) && placed.containsAll(row.getValue())) {
                    placed.add(row.getKey());
                    moved = true;
                }
            }
        }
        assertThat(placed).containsExactlyInAnyOrderElementsOf(MAP.keySet());
    }

    @Test
    void packages_areOnTheMap() {
        Set<String> unknown = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (!MAP.containsKey(room(type))) {
                unknown.add(type.getPackageName());
            }
        }
        assertThat(unknown).as("not on the map").isEmpty();
    }

    @Test
    void rows_haveClasses() {
        Set<String> empty = new TreeSet<>(MAP.keySet());
        for (JavaClass type : CLASSES) {
            if (!type.getSimpleName().equals("package-info")) {
                empty.remove(room(type));
            }
        }
        assertThat(empty).as("rows without classes").isEmpty();
    }

    @Test
    void arrows_areInTheTable() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            String from = room(type);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.getPackageName().startsWith(BASE)) {
                    for (String banned : FOREIGN_BANNED.getOrDefault(from, List.of())) {
                        if (target.getName().startsWith(banned)) {
                            wrong.add(from + " -> " + banned + ": " + dependency.getDescription());
                        }
                    }
                    continue;
                }
                String to = room(target);
                if (!to.equals(from) && !MAP.getOrDefault(from, Set.of()).contains(to)) {
                    wrong.add(from + " -> " + to + ": " + dependency.getDescription());
                }
            }
        }
        assertThat(wrong).as("arrows that are not in the table").isEmpty();
    }

    private static String room(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith(BASE) ? name.substring(BASE.length()) : name;
    }
}
