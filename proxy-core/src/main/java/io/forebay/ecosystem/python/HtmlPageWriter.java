package io.forebay.ecosystem.python;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/** Writes HTML after PEP 503, with the attributes of PEP 592, 658, 714 and 740 and the head of PEP 629, 708 and 792. */
final class HtmlPageWriter implements PageWriter {
    private static final int ALGORITHM_MAX = 32;
    private static final int HEX_MAX = 256;
    private static final int BLOCK_CHARS = 1 << 16;

    private final String project;
    /** Of the last links; those of a large project are in bytes by and by, for a text of megabytes is copied whole as it grows. */
    private final StringBuilder links = new StringBuilder(8192);

    private final List<byte[]> written = new ArrayList<>();

    HtmlPageWriter(String project) {
        this.project = project;
    }

    @Override
    public void file(ShownFile shown) {
        PageFile file = shown.file();
        links.append("<a href=\"");
        HtmlText.escape(links, shown.href());
        hash(file.hashes()).ifPresent(hash -> links.append('#').append(hash));
        links.append('"');
        file.requiresPython().ifPresent(value -> attribute("data-requires-python", value));
        shown.metadata().ifPresent(hashes -> {
            String value = hash(hashes).orElse("true");
            attribute("data-dist-info-metadata", value);
            attribute("data-core-metadata", value);
        });
        file.yanked().ifPresent(reason -> attribute("data-yanked", reason));
        file.signed().ifPresent(value -> attribute("data-gpg-sig", value.toString()));
        shown.provenance().ifPresent(url -> attribute("data-provenance", url));
        links.append('>');
        HtmlText.escape(links, file.name());
        links.append("</a><br>\n");
        if (links.length() >= BLOCK_CHARS) {
            written.add(utf8(links));
            links.setLength(0);
        }
    }

    @Override
    public byte[] finish(PageHead head, Optional<Set<String>> versions) {
        StringBuilder start = new StringBuilder(1024);
        start.append("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n");
        meta(start, "pypi:repository-version", head.apiVersion());
        head.status().ifPresent(status -> meta(start, "pypi:project-status", status));
        head.statusReason().ifPresent(reason -> meta(start, "pypi:project-status-reason", reason));
        head.tracks().forEach(url -> meta(start, "pypi:tracks", url));
        head.alternateLocations().forEach(url -> meta(start, "pypi:alternate-locations", url));
        start.append("<title>Links for ").append(project).append("</title>\n</head>\n<body>\n<h1>Links for ");
        start.append(project).append("</h1>\n");
        links.append("</body>\n</html>\n");
        head.serial()
                .filter(serial -> serial.chars().allMatch(c -> c >= '0' && c <= '9'))
                .ifPresent(serial -> links.append("<!--SERIAL ").append(serial).append("-->\n"));
        written.add(0, utf8(start));
        written.add(utf8(links));
        ByteBuffer page = ByteBuffer.allocate(
                written.stream().mapToInt(block -> block.length).sum());
        written.forEach(page::put);
        return page.array();
    }

    private static byte[] utf8(StringBuilder text) {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void meta(StringBuilder page, String name, String content) {
        page.append("<meta name=\"").append(name).append("\" content=\"");
        HtmlText.escape(page, content);
        page.append("\">\n");
    }

    private void attribute(String name, String value) {
        links.append(' ').append(name).append("=\"");
        HtmlText.escape(links, value);
        links.append('"');
    }

    /** One hash, because a fragment has room for one: SHA-256 before all others. */
    private static Optional<String> hash(Map<String, String> hashes) {
        String sha256 = hashes.get("sha256");
        if (sha256 != null && isHex(sha256)) {
            return Optional.of("sha256=" + sha256);
        }
        return hashes.entrySet().stream()
                .filter(entry -> isAlgorithm(entry.getKey()) && isHex(entry.getValue()))
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .findFirst();
    }

    private static boolean isAlgorithm(String name) {
        return consistsOf(
                name,
                ALGORITHM_MAX,
                c -> isHexDigit(c) || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '_');
    }

    private static boolean isHex(String value) {
        return consistsOf(value, HEX_MAX, HtmlPageWriter::isHexDigit);
    }

    private static boolean isHexDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    private static boolean consistsOf(String text, int most, IntPredicate allowed) {
        for (int i = 0; i < text.length(); i++) {
            if (!allowed.test(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= most;
    }
}
