package io.forebay.ecosystem.python;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.parser.Parser;
import org.jsoup.parser.StreamParser;

/** Reads the elements of an HTML page that an index says something with, in memory that does not grow with the page. */
final class HtmlAnchors {
    /** An index nests four or five deep. */
    private static final int DEPTH_MAX = 64;

    private HtmlAnchors() {}

    /** Calls back with every {@code a}, {@code base} and {@code meta} of the page, in order. */
    static void read(Reader page, Consumer<Element> visitor) throws IOException {
        try (StreamParser parser = new StreamParser(Parser.htmlParser().setMaxDepth(DEPTH_MAX)).parse(page, "")) {
            for (Iterator<Element> elements = parser.iterator(); elements.hasNext(); ) {
                Element element = elements.next();
                String name = element.normalName();
                if (name.equals("a") || name.equals("base") || name.equals("meta")) {
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
