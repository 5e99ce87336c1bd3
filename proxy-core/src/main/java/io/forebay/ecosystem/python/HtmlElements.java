package io.forebay.ecosystem.python;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Consumer;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.parser.Parser;
import org.jsoup.parser.StreamParser;

/** Reads the elements by which an HTML page shows that it is an index, or is none, in memory that does not grow with the page. */
final class HtmlElements {
    /** An index nests four or five deep. */
    private static final int DEPTH_MAX = 64;

    private static final Set<String> NAMES = Set.of("a", "base", "meta", "input");

    private HtmlElements() {}

    /** Calls back with every {@code a}, {@code base}, {@code meta} and {@code input} of the page, in order. */
    static void read(Reader page, Consumer<Element> visitor) throws IOException {
        try (StreamParser parser = new StreamParser(Parser.htmlParser().setMaxDepth(DEPTH_MAX)).parse(page, "")) {
            for (Iterator<Element> elements = parser.iterator(); elements.hasNext(); ) {
                Element element = elements.next();
                String name = element.normalName();
                if (NAMES.contains(name)) {
                    visitor.accept(element);
                    forgetBefore(element);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The parser keeps what it has read: a page is flat, so dropping what stands before the element bounds the tree. */
    private static void forgetBefore(Element element) {
        for (Node before = element.previousSibling(); before != null; before = element.previousSibling()) {
            before.remove();
        }
    }
}
