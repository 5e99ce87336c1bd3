package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import java.io.FilterReader;
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

/**
 * Reads the elements by which an HTML page shows that it is an index, or is none, in memory that does not grow with the
 * page: what stands before an element is dropped, and no element may be long.
 */
final class HtmlElements {
    /** An index nests four or five deep. */
    private static final int DEPTH_MAX = 64;

    /** Characters between the ends of two elements; a link takes some hundred. */
    private static final int STRETCH_MAX = 1024 * 1024;

    private static final Set<String> NAMES = Set.of("a", "base", "meta", "input");

    private HtmlElements() {}

    /** Calls back with every {@code a}, {@code base}, {@code meta} and {@code input} of the page, in order. */
    static void read(Reader page, Consumer<Element> visitor) throws IOException {
        Stretches stretches = new Stretches(page);
        try (StreamParser parser = new StreamParser(Parser.htmlParser().setMaxDepth(DEPTH_MAX)).parse(stretches, "")) {
            for (Iterator<Element> elements = parser.iterator(); elements.hasNext(); ) {
                Element element = elements.next();
                stretches.characters = 0;
                if (NAMES.contains(element.normalName())) {
                    visitor.accept(element);
                }
                if (!element.normalName().equals("body")) {
                    forgetBefore(element);
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The parser would keep the whole page as a tree. */
    private static void forgetBefore(Element element) {
        for (Node before = element.previousSibling(); before != null; before = element.previousSibling()) {
            before.remove();
        }
    }

    /** Counts characters since the last element. */
    private static final class Stretches extends FilterReader {
        private int characters;

        Stretches(Reader page) {
            super(page);
        }

        @Override
        public int read() throws IOException {
            return counted(super.read(), 1);
        }

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            return counted(read, read);
        }

        private int counted(int result, int read) {
            characters += Math.max(0, read);
            if (characters > STRETCH_MAX) {
                throw ForebayException.originInvalid("the origin's page is no index: one stretch of it is endless");
            }
            return result;
        }
    }
}
