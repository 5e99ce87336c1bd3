package io.forebay.ecosystem.python;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One file as a page tells it, in either form.
 *
 * @param url as the page has it, without fragment; may be relative
 * @param hashes name of the algorithm, as hashlib writes it, to hexadecimal value
 * @param yanked the reason, empty text when none is given; empty when the file is not yanked
 * @param metadata hashes of the core metadata file, no entry when the page gives none; empty when none is advertised
 * @param provenance as the page has it
 * @param uploadTime as the page has it
 * @param size in bytes
 * @param span the object that the page has for the file; empty when the page is HTML
 */
record PageFile(
        String name,
        String url,
        Map<String, String> hashes,
        Optional<String> requiresPython,
        Optional<String> yanked,
        Optional<Map<String, String>> metadata,
        Optional<Boolean> signed,
        Optional<String> provenance,
        Optional<String> uploadTime,
        OptionalLong size,
        Optional<JsonSpan> span) {

    /** The last segment of the URL, decoded: the name by which the file will be asked for. */
    String urlName() {
        int end = url.indexOf('?');
        String path = end < 0 ? url : url.substring(0, end);
        return Percent.decode(path.substring(path.lastIndexOf('/') + 1));
    }

    PageFile named(String newName) {
        return new PageFile(
                newName, url, hashes, requiresPython, yanked, metadata, signed, provenance, uploadTime, size, span);
    }
}
