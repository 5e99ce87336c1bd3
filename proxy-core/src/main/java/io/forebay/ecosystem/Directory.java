package io.forebay.ecosystem;

import io.forebay.model.Head;
import io.forebay.model.Part;
import io.forebay.model.Source;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What people look packages up in: tells which held indexes speak of packages, and reads them. Pure; safe for use by many
 * threads; reading takes CPU time, so it never runs on an event loop.
 *
 * <p>Paths are those of {@link io.forebay.model.ResourceKey}. What an index says came from outside: texts are as they came.
 */
public interface Directory {
    /** The package whose own index lies under a path. */
    Optional<String> ownerOf(String path);

    /**
     * Which list of packages lies under a path; forms of one list have one name, so one of them is enough. Empty when it is no
     * such list.
     */
    Optional<String> listAt(String path);

    /**
     * Reads the names in a list of packages.
     *
     * @throws io.forebay.model.ForebayException of kind {@code ORIGIN_INVALID} when it is not such a list
     */
    void names(Head head, InputStream list, Consumer<String> names) throws IOException;

    /** The one spelling of a name. */
    String canonical(String name);

    /**
     * Where a source's indexes say something of a package, whether held or not.
     *
     * @param lists paths of the held lists
     */
    List<String> speakingOf(String name, Collection<String> lists);

    /**
     * Reads what indexes of one source say of a package.
     *
     * @return empty when they do not have it
     * @throws io.forebay.model.ForebayException of kind {@code ORIGIN_INVALID} when a part is no such index
     */
    Optional<PackageFacts> facts(String name, Source source, List<Part> parts);

    /** Where more about the newest release would be held, best first. */
    List<String> describing(PackageFacts facts);

    /** Adds what such a resource says. */
    PackageFacts described(PackageFacts facts, byte[] description);

    /** The path under which a source would keep the file of a version that its indexes no longer list. */
    Optional<String> fileOf(String name, String version);
}
