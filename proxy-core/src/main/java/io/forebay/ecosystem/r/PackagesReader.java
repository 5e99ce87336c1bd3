package io.forebay.ecosystem.r;

import io.forebay.model.ForebayException;
import java.util.List;
import java.util.function.Predicate;

/** Reads an index in whichever form it is. The bytes tell, not the name: R does the same. */
final class PackagesReader {
    private PackagesReader() {}

    /**
     * Reads the records that name a package.
     *
     * @param wanted the fields that are kept; {@code Package} is among them
     * @throws ForebayException of kind {@code ORIGIN_INVALID} when the bytes are not an index
     */
    static List<PackageRow> read(byte[] body, Predicate<String> wanted) {
        byte[] bytes = Compressed.inflate(body);
        List<PackageRow> all = RdsReader.isRds(bytes) ? RdsReader.read(bytes, wanted) : DcfReader.read(bytes, wanted);
        List<PackageRow> named =
                all.stream().filter(row -> row.value("Package").isPresent()).toList();
        if (named.isEmpty() && !all.isEmpty()) {
            throw ForebayException.originInvalid("the origin's PACKAGES names no package");
        }
        return named;
    }
}
