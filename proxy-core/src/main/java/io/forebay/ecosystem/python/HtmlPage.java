package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;

/** Reads a project's page in HTML (PEP 503). One reader serves one page and one thread. */
final class HtmlPage {
    private static final Pattern CHARSET = Pattern.compile("charset\\s*=\\s*\"?([A-Za-z0-9._:-]+)");
    private static final Pattern HASH = Pattern.compile("([A-Za-z0-9_]{1,32})=([0-9A-Fa-f]{8,256})");

    private final PageVisitor visitor;
    private final URI pageUrl;
    private Optional<URI> base = Optional.empty();
    private String apiVersion = PageHead.SILENT.apiVersion();
    private final List<String> tracks = new ArrayList<>();
    private final List<String> alternateLocations = new ArrayList<>();
    private Optional<String> status = Optional.empty();
    private Optional<String> statusReason = Optional.empty();

    private HtmlPage(URI pageUrl, PageVisitor visitor) {
        this.pageUrl = pageUrl;
        this.visitor = visitor;
    }

    /** Reads a page; URLs of its files come absolute. */
    static PageHead read(byte[] body, Optional<String> contentType, URI pageUrl, PageVisitor visitor) {
        HtmlPage page = new HtmlPage(pageUrl, visitor);
        try (Reader reader = reader(new ByteArrayInputStream(body), contentType)) {
            HtmlElements.read(reader, page::element);
        } catch (IOException e) {
            throw ForebayException.originInvalid("the origin's page is no HTML");
        }
        return new PageHead(
                page.apiVersion,
                page.tracks,
                page.alternateLocations,
                page.status,
                page.statusReason,
                Optional.empty());
    }

    static Reader reader(InputStream body, Optional<String> contentType) {
        Matcher charset = CHARSET.matcher(contentType.orElse("").toLowerCase(Locale.ROOT));
        return new InputStreamReader(
                body,
                charset.find() && Charset.isSupported(charset.group(1))
                        ? Charset.forName(charset.group(1))
                        : StandardCharsets.UTF_8);
    }

    private void element(Element element) {
        switch (element.normalName()) {
            case "base" -> {
                if (base.isEmpty() && element.hasAttr("href")) {
                    base = ResolvedLink.resolve(pageUrl, element.attr("href"));
                }
            }
            case "meta" -> meta(element.attr("name"), element.attr("content"));
            case "input" -> {
                if (element.attr("type").equalsIgnoreCase("password")) {
                    throw ForebayException.originInvalid("the origin answers with a page to log in to");
                }
            }
            default -> anchor(element);
        }
    }

    private void meta(String name, String content) {
        switch (name) {
            case "pypi:repository-version" -> apiVersion = content;
            case "pypi:tracks" -> tracks.add(content);
            case "pypi:alternate-locations" -> alternateLocations.add(content);
            case "pypi:project-status" -> status = Optional.of(content);
            case "pypi:project-status-reason" -> statusReason = Optional.of(content);
            default -> {}
        }
    }

    private void anchor(Element anchor) {
        String href = anchor.attr("href").strip();
        int fragment = href.indexOf('#');
        String reference = fragment < 0 ? href : href.substring(0, fragment);
        Optional<URI> url =
                reference.isEmpty() ? Optional.empty() : ResolvedLink.resolve(base.orElse(pageUrl), reference);
        if (url.isEmpty()) {
            return;
        }
        Map<String, String> hashes = fragment < 0 ? Map.of() : hashes(href.substring(fragment + 1));
        PageFile file = new PageFile(
                "",
                url.get().toString(),
                hashes,
                attribute(anchor, "data-requires-python"),
                attribute(anchor, "data-yanked"),
                attribute(anchor, "data-core-metadata")
                        .or(() -> attribute(anchor, "data-dist-info-metadata"))
                        .filter(value -> !value.equalsIgnoreCase("false"))
                        .map(HtmlPage::hashes),
                attribute(anchor, "data-gpg-sig").map(value -> value.equalsIgnoreCase("true")),
                attribute(anchor, "data-provenance").map(this::absolute).orElse(Optional.empty()),
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty());
        if (!file.urlName().isEmpty()) {
            visitor.file(file.named(file.urlName()));
        }
    }

    private Optional<String> absolute(String reference) {
        return ResolvedLink.resolve(base.orElse(pageUrl), reference).map(URI::toString);
    }

    private static Optional<String> attribute(Element anchor, String name) {
        return anchor.hasAttr(name) ? Optional.of(anchor.attr(name)) : Optional.empty();
    }

    private static Map<String, String> hashes(String text) {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (String part : text.split("&", -1)) {
            Matcher hash = HASH.matcher(part);
            if (hash.matches()) {
                hashes.put(hash.group(1).toLowerCase(Locale.ROOT), hash.group(2));
            }
        }
        return hashes;
    }
}
