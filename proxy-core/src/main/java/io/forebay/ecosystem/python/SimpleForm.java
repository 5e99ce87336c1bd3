package io.forebay.ecosystem.python;

import java.util.Locale;
import java.util.Optional;

/**
 * The forms of a page of the simple API (PEP 691), and which of them a client wants (RFC 9110, section 12.5.1).
 *
 * <p>The order is the order of preference when a client likes several equally: who says only {@code *}{@code /*} or nothing
 * is a browser or an old installer and reads HTML.
 */
enum SimpleForm {
    HTML("text", "html", "text/html; charset=utf-8"),
    JSON_V1("application", "vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+json"),
    HTML_V1("application", "vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1+html");

    /** Asked of origins: JSON tells more, HTML is what every index has. */
    static final String ORIGIN_ACCEPT =
            "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

    private final String type;
    private final String subtype;
    private final String contentType;

    SimpleForm(String type, String subtype, String contentType) {
        this.type = type;
        this.subtype = subtype;
        this.contentType = contentType;
    }

    String contentType() {
        return contentType;
    }

    boolean isJson() {
        return this == JSON_V1;
    }

    /**
     * The form for a request. {@code ?format=} goes before Accept; when nothing is acceptable the answer is HTML, as PEP 691
     * allows.
     */
    static SimpleForm of(Optional<String> accept, Optional<String> query) {
        Optional<SimpleForm> named = query.flatMap(SimpleForm::ofQuery);
        if (named.isPresent()) {
            return named.get();
        }
        SimpleForm best = HTML;
        double bestQuality = 0;
        for (SimpleForm form : values()) {
            double quality = form.quality(accept.orElse("*/*"));
            if (quality > bestQuality) {
                best = form;
                bestQuality = quality;
            }
        }
        return best;
    }

    private static Optional<SimpleForm> ofQuery(String query) {
        for (String parameter : query.split("&", -1)) {
            if (parameter.startsWith("format=")) {
                String wanted =
                        Percent.decode(parameter.substring("format=".length()).replace("+", "%2B"));
                for (SimpleForm form : values()) {
                    if (form.isNamed(wanted.toLowerCase(Locale.ROOT))) {
                        return Optional.of(form);
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** The weight that the most specific range gives this form; 0 is not acceptable. */
    private double quality(String accept) {
        int specificity = 0;
        double quality = 0;
        for (String element : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = element.split(";", -1);
            int matched = specificity(parts[0].trim());
            if (matched > specificity || (matched > 0 && matched == specificity)) {
                double weight = weight(parts);
                quality = matched > specificity ? weight : Math.max(quality, weight);
                specificity = matched;
            }
        }
        return quality;
    }

    private int specificity(String range) {
        if (isNamed(range)) {
            return 3;
        }
        if (range.equals(type + "/*")) {
            return 2;
        }
        return range.equals("*/*") ? 1 : 0;
    }

    private boolean isNamed(String mediaType) {
        return mediaType.equals(type + "/" + subtype)
                || (this != HTML && mediaType.equals(type + "/" + subtype.replace(".v1+", ".latest+")));
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim();
            if (parameter.startsWith("q=")) {
                return weight(parameter.substring(2).trim());
            }
        }
        return 1;
    }

    private static double weight(String text) {
        boolean legal = !text.isEmpty() && text.length() <= 8;
        for (int i = 0; legal && i < text.length(); i++) {
            char c = text.charAt(i);
            legal = (c >= '0' && c <= '9') || (c == '.' && i == 1);
        }
        return legal ? Math.min(1, Double.parseDouble(text)) : 0;
    }
}
