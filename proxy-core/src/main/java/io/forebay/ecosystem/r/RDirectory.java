package io.forebay.ecosystem.r;

import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Needs;
import io.forebay.ecosystem.PackageFacts.Release;
import io.forebay.ecosystem.VersionOrder;
import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Reads PACKAGES of source trees for people: the one index of R that lists every package. Stateless. */
enum RDirectory implements Directory {
    INSTANCE;

    private static final String TREE = "src/contrib/";
    private static final List<String> NEEDS = List.of("Depends", "Imports", "LinkingTo", "Suggests");

    @Override
    public Optional<String> ownerOf(String path) {
        return Optional.empty();
    }

    @Override
    public Optional<String> listAt(String path) {
        int slash = path.lastIndexOf('/') + 1;
        String tree = path.substring(0, slash);
        boolean source = tree.equals(TREE) || tree.endsWith("/" + TREE);
        return source && PackagesForm.ofFile(path.substring(slash)).isPresent() ? Optional.of(tree) : Optional.empty();
    }

    @Override
    public void names(Head head, InputStream list, Consumer<String> names) throws IOException {
        for (PackageRow row : PackagesReader.read(list.readNBytes(Compressed.MAX_BYTES), "Package"::equals)) {
            row.value("Package").filter(PackageFile::isPackageName).ifPresent(names);
        }
    }

    @Override
    public String canonical(String name) {
        return name;
    }

    @Override
    public List<String> speakingOf(String name, Collection<String> lists) {
        TreeMap<String, String> formOfList = new TreeMap<>();
        for (String path : lists) {
            listAt(path).ifPresent(list -> formOfList.merge(list, path, RDirectory::better));
        }
        return List.copyOf(formOfList.descendingMap().values());
    }

    private static String better(String one, String other) {
        return one.endsWith(PackagesForm.GZIP.file()) ? one : other;
    }

    @Override
    public Optional<PackageFacts> facts(String name, Source source, List<Part> parts) {
        TreeMap<String, Release> releases = new TreeMap<>(VersionOrder.OLDEST_FIRST.reversed());
        TreeMap<String, PackageRow> rows = new TreeMap<>(VersionOrder.OLDEST_FIRST.reversed());
        for (Part part : parts) {
            String tree = listAt(part.key().path()).orElse(TREE);
            for (PackageRow row : PackagesReader.read(part.body(), field -> true)) {
                Optional<String> version = row.value("Version");
                if (version.isPresent()
                        && row.value("Package").filter(name::equals).isPresent()) {
                    String file = name + "_" + version.get() + ".tar.gz";
                    releases.putIfAbsent(version.get(), release(version.get(), tree, file));
                    rows.putIfAbsent(version.get(), row);
                }
            }
        }
        return Optional.ofNullable(rows.firstEntry()).map(newest -> {
            PackageRow row = newest.getValue();
            return new PackageFacts(
                    name,
                    row.value("Title").map(RDirectory::text),
                    row.value("License").map(RDirectory::text),
                    list(row, "Depends").stream().filter(RDirectory::isR).findFirst(),
                    NEEDS.stream()
                            .map(kind -> new Needs(
                                    kind,
                                    list(row, kind).stream()
                                            .filter(need -> !isR(need))
                                            .toList()))
                            .filter(needs -> !needs.packages().isEmpty())
                            .toList(),
                    new ArrayList<>(releases.values()));
        });
    }

    private static Release release(String version, String tree, String file) {
        return new Release(
                version,
                Optional.empty(),
                false,
                List.of(new PackageFacts.File(file, tree + file, OptionalLong.empty())));
    }

    private static boolean isR(String need) {
        return need.equals("R") || need.startsWith("R ") || need.startsWith("R(");
    }

    private static List<String> list(PackageRow row, String field) {
        return row.value(field).map(RDirectory::text).stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(need -> !need.isEmpty())
                .toList();
    }

    /** Fields are bytes as chars; what is not UTF-8 shows replacement characters. */
    private static String text(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).replaceAll("\\s+", " ");
    }

    @Override
    public List<String> describing(PackageFacts facts) {
        return List.of();
    }

    @Override
    public PackageFacts described(PackageFacts facts, byte[] description) {
        return facts;
    }

    @Override
    public Optional<String> fileOf(String name, String version) {
        return Optional.of(TREE + name + "_" + version + ".tar.gz");
    }
}
