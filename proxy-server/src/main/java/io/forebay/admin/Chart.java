package io.forebay.admin;

import java.util.List;
import java.util.Locale;

/**
 * Bars over time, as SVG inside a page: one bar a time, the part that is told apart at its foot. Without script and without
 * style attributes, which the pages' policy forbids.
 */
final class Chart {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 160;
    private static final double GAP = 0.3;

    private Chart() {}

    /**
     * One time.
     *
     * @param label what the pointer is told
     * @param whole height of the bar
     * @param part of it that is drawn in the accent's colour
     */
    record Bar(String label, long whole, long part) {}

    /**
     * Draws bars.
     *
     * @param id of the chart within its page
     * @param description what it shows, for those who do not see it
     */
    static void draw(Html html, String id, String description, List<Bar> bars, String first, String last) {
        long most = Math.max(1, bars.stream().mapToLong(Bar::whole).max().orElse(1));
        html.open("figure", "class", "chart");
        html.element("p", Amounts.count(most), "class", "chart-most", "aria-hidden", "true");
        html.open(
                "svg",
                "viewBox",
                "0 0 " + WIDTH + " " + HEIGHT,
                "preserveAspectRatio",
                "none",
                "role",
                "img",
                "aria-labelledby",
                id);
        html.element("title", description, "id", id);
        for (int quarter = 0; quarter < 4; quarter++) {
            String y = number(quarter * HEIGHT / 4.0 + 0.5);
            html.open("line", "class", "grid", "x1", "0", "x2", "" + WIDTH, "y1", y, "y2", y)
                    .close("line");
        }
        double step = (double) WIDTH / Math.max(1, bars.size());
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double x = i * step + step * GAP / 2;
            html.open("g");
            html.element("title", bar.label());
            bar(html, "bar-all", x, step, height(bar.whole(), most));
            bar(html, "bar-part", x, step, height(bar.part(), most));
            html.close("g");
        }
        html.close("svg").open("figcaption", "class", "chart-ends");
        html.element("span", first).element("span", last);
        html.close("figcaption").close("figure").line();
    }

    private static double height(long value, long most) {
        return value == 0 ? 0 : Math.max(2, (double) value * HEIGHT / most);
    }

    private static void bar(Html html, String kind, double x, double step, double height) {
        if (height > 0) {
            html.open(
                            "rect",
                            "class",
                            kind,
                            "x",
                            number(x),
                            "y",
                            number(HEIGHT - height),
                            "width",
                            number(step * (1 - GAP)),
                            "height",
                            number(height))
                    .close("rect");
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
