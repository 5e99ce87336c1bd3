package io.forebay.ecosystem.python;

import io.forebay.model.ForebayException;
import io.forebay.model.Head;
import java.net.URI;
import java.util.Locale;

/** Tells the two forms of an origin's page apart and reads either. */
final class SimplePage {
    private SimplePage() {}

    /** Reads a project's page into a visitor. */
    static PageHead read(Head head, URI base, byte[] body, PageVisitor visitor) {
        return isJson(head, body)
                ? JsonPage.read(body, visitor)
                : HtmlPage.read(body, head.contentType(), base, visitor);
    }

    /** By the media type; by the first character where an origin sends none or a meaningless one. */
    static boolean isJson(Head head, byte[] start) {
        String type = head.contentType().orElse("").toLowerCase(Locale.ROOT);
        int parameters = type.indexOf(';');
        String essence = (parameters < 0 ? type : type.substring(0, parameters)).strip();
        if (essence.equals("application/json") || essence.endsWith("+json")) {
            return true;
        }
        if (essence.equals("text/html") || essence.equals("application/xhtml+xml") || essence.endsWith("+html")) {
            return false;
        }
        for (byte b : start) {
            if (b == '{' || b == '<') {
                return b == '{';
            }
            if (b != ' '
                    && b != '\n'
                    && b != '\r'
                    && b != '\t'
                    && b != (byte) 0xef
                    && b != (byte) 0xbb
                    && b != (byte) 0xbf) {
                break;
            }
        }
        throw ForebayException.originInvalid("the origin's page is neither JSON nor HTML");
    }
}
