package io.forebay.ecosystem.python;

import io.forebay.model.Extractor;
import io.forebay.model.Rendition;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipException;

/**
 * Cuts the core metadata out of a wheel: the bytes of {@code <name>-<version>.dist-info/METADATA} as they are (PEP 427,
 * PEP 658). A wheel with two of them for its project is not one: installers would not agree on which counts.
 */
final class WheelMetadata implements Extractor {
    /** Metadata of real wheels, readme included, stays below one MiB. */
    static final int BYTES_MAX = 10 * 1024 * 1024;

    private static final String END = ".dist-info/METADATA";

    private final String project;

    /** @param project normalised name of the wheel's project */
    WheelMetadata(String project) {
        this.project = project;
    }

    @Override
    public Optional<Rendition> extract(SeekableByteChannel wheel) throws IOException {
        ZipArchive archive = new ZipArchive(wheel);
        List<ZipMember> found = archive.members(this::isMetadata);
        if (found.size() > 1) {
            throw new ZipException("the wheel has more than one METADATA");
        }
        if (found.isEmpty()) {
            return Optional.empty();
        }
        byte[] metadata = archive.read(found.get(0), BYTES_MAX);
        return Optional.of(new Rendition("application/octet-stream", Map.of(), metadata));
    }

    private boolean isMetadata(String member) {
        if (!member.endsWith(END) || member.indexOf('/') != member.length() - "/METADATA".length()) {
            return false;
        }
        String directory = member.substring(0, member.length() - END.length());
        for (int hyphen = directory.indexOf('-'); hyphen > 0; hyphen = directory.indexOf('-', hyphen + 1)) {
            if (ProjectName.normalise(directory.substring(0, hyphen)).equals(project)) {
                return true;
            }
        }
        return false;
    }
}
