package io.forebay.ecosystem.python;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Writes HTML after PEP 503, with the attributes of PEP 592, 658, 714 and 740 and the head of PEP 629, 708 and 792. */
final class HtmlPageWriter implements PageWriter {
    private static final Pattern HASH = Pattern.compile("[A-Za-z0-9_]{1,32}=[0-9A-Fa-f]{1,256}");

    private final String project;
    private final StringBuilder links = new StringBuilder(8192);

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
    }

    @Override
    public byte[] finish(PageHead head, Optional<Set<String>> versions) {
        StringBuilder page = new StringBuilder(links.length() + 1024);
        page.append("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n");
        meta(page, "pypi:repository-version", head.apiVersion());
        head.status().ifPresent(status -> meta(page, "pypi:project-status", status));
        head.statusReason().ifPresent(reason -> meta(page, "pypi:project-status-reason", reason));
        head.tracks().forEach(url -> meta(page, "pypi:tracks", url));
        head.alternateLocations().forEach(url -> meta(page, "pypi:alternate-locations", url));
        page.append("<title>Links for ").append(project).append("</title>\n</head>\n<body>\n<h1>Links for ");
        page.append(project).append("</h1>\n").append(links).append("</body>\n</html>\n");
        head.serial()
                .filter(serial -> serial.chars().allMatch(c -> c >= '0' && c <= '9'))
                .ifPresent(serial -> page.append("<!--SERIAL ").append(serial).append("-->\n"));
        return page.toString().getBytes(StandardCharsets.UTF_8);
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
        if (sha256 != null && HASH.matcher("sha256=" + sha256).matches()) {
            return Optional.of("sha256=" + sha256);
        }
        return hashes.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .filter(hash -> HASH.matcher(hash).matches())
                .findFirst();
    }
}
