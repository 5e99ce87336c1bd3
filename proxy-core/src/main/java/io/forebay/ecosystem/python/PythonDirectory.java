package io.forebay.ecosystem.python;

import io.forebay.ecosystem.Directory;
import io.forebay.ecosystem.PackageFacts;
import io.forebay.ecosystem.PackageFacts.Release;
import io.forebay.ecosystem.VersionOrder;
import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.Source;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Reads the simple API's pages (PEP 503, 691, 700) and core metadata (PEP 658) for people. Stateless. */
enum PythonDirectory implements Directory {
    INSTANCE;

    private static final String LIST = "simple/";
    private static final String METADATA = ".metadata";

    @Override
    public Optional<String> ownerOf(String path) {
        if (!path.startsWith(LIST) || !path.endsWith("/") || path.length() <= LIST.length()) {
            return Optional.empty();
        }
        return Optional.of(path.substring(LIST.length(), path.length() - 1)).filter(ProjectName::isLegal);
    }

    @Override
    public Optional<String> listAt(String path) {
        return path.equals(LIST) ? Optional.of(LIST) : Optional.empty();
    }

    @Override
    public void names(Head head, InputStream list, Consumer<String> names) throws IOException {
        ProjectListRenderer.names(head, list, name -> names.accept(ProjectName.normalise(name)));
    }

    @Override
    public String canonical(String name) {
        return ProjectName.normalise(name);
    }

    @Override
    public List<String> speakingOf(String name, Collection<String> lists) {
        return List.of(LIST + name + "/");
    }

    @Override
    public Optional<PackageFacts> facts(String name, Source source, List<Part> parts) {
        PypiOrigin origin = new PypiOrigin(source);
        TreeMap<String, Gathered> releases = new TreeMap<>(VersionOrder.OLDEST_FIRST.reversed());
        for (Part part : parts) {
            PageVisitor visitor = file -> origin.link(part.base(), file.url(), "")
                    .ifPresent(link -> FileName.versionOf(file.name(), name)
                            .ifPresent(version -> releases.computeIfAbsent(version, unused -> new Gathered())
                                    .add(file, link)));
            SimplePage.read(part.head(), part.base(), part.body(), new FileLimit(visitor));
        }
        if (releases.isEmpty()) {
            return Optional.empty();
        }
        List<Release> newestFirst = new ArrayList<>();
        releases.forEach((version, gathered) -> newestFirst.add(gathered.release(version)));
        return Optional.of(new PackageFacts(
                name,
                Optional.empty(),
                Optional.empty(),
                releases.firstEntry().getValue().requires.map(range -> "Python " + range),
                List.of(),
                newestFirst));
    }

    @Override
    public List<String> describing(PackageFacts facts) {
        return facts.releases().stream()
                .limit(1)
                .flatMap(release -> release.files().stream())
                .filter(file -> file.name().endsWith(".whl"))
                .map(file -> file.path() + METADATA)
                .toList();
    }

    @Override
    public PackageFacts described(PackageFacts facts, byte[] description) {
        return CoreMetadata.read(description).addTo(facts);
    }

    @Override
    public Optional<String> fileOf(String name, String version) {
        return Optional.empty();
    }

    /** Files of one version while a page is read. */
    private static final class Gathered {
        private final List<PackageFacts.File> files = new ArrayList<>();
        private Optional<Instant> uploaded = Optional.empty();
        private Optional<String> requires = Optional.empty();
        private boolean kept;

        void add(PageFile file, FileLink link) {
            files.add(new PackageFacts.File(file.name(), link.key(), file.size()));
            kept |= file.yanked().isEmpty();
            requires = requires.or(file::requiresPython);
            Optional<Instant> time = file.uploadTime().flatMap(ShownFiles::instant);
            uploaded = uploaded.isPresent() && time.isPresent()
                    ? Optional.of(uploaded.get().isBefore(time.get()) ? uploaded.get() : time.get())
                    : uploaded.or(() -> time);
        }

        Release release(String version) {
            files.sort(Comparator.comparing(PackageFacts.File::name));
            return new Release(version, uploaded, !kept, files);
        }
    }
}
