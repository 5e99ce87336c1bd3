package io.forebay.admin;

import java.util.List;

/**
 * What all pages share. Links are relative, so that pages work below whatever path a reverse proxy puts them.
 *
 * @param up from the page's directory to the root of the server: empty, {@code ../} ...
 */
record Layout(String up, String version, String assets) {
    private record Entry(String title, String path) {}

    private static final List<Entry> NAVIGATION = List.of(
            new Entry("Home", ""),
            new Entry("Setup", "-/setup"),
            new Entry("Packages", "-/packages"),
            new Entry("Activity", "-/activity"));

    /** Writes into the page's main part. */
    @FunctionalInterface
    interface Content {
        void write(Html html);
    }

    /**
     * A whole page.
     *
     * @param current title of the entry of the navigation that the page belongs to
     */
    String page(String title, String current, Content content) {
        Html html = new Html().doctype();
        html.open("html", "lang", "en").open("head");
        html.open("meta", "charset", "utf-8").line();
        html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .line();
        html.open("meta", "name", "color-scheme", "content", "light dark").line();
        html.element("title", title.equals("Forebay") ? title : title + " \u2013 Forebay")
                .line();
        html.open("link", "rel", "icon", "type", "image/svg+xml", "href", asset("icon.svg"))
                .line();
        html.open("link", "rel", "stylesheet", "href", asset("pages.css")).line();
        html.open("script", "src", asset("pages.js"), "defer", "")
                .close("script")
                .line();
        html.close("head").open("body").line();
        html.element("a", "Skip to the content", "class", "skip", "href", "#main")
                .line();
        header(html, current);
        html.open("main", "id", "main", "tabindex", "-1").line();
        content.write(html);
        html.close("main").line();
        html.open("footer").open("p").text("Forebay " + version + " \u00b7 ");
        html.element("a", "metrics", "href", up + "metrics").text(" \u00b7 ");
        html.element("a", "health", "href", up + "health/ready").close("p").close("footer");
        return html.close("body").close("html").line().toString();
    }

    private String asset(String name) {
        return up + "static/" + name + "?v=" + assets;
    }

    private void header(Html html, String current) {
        html.open("header").open("div", "class", "bar");
        html.open("a", "class", "brand", "href", up.isEmpty() ? "./" : up);
        html.open("svg", "viewBox", "0 0 32 32", "aria-hidden", "true", "class", "mark");
        html.open("path", "d", "M4 9h24v4c-4 0-4 3-8 3s-4-3-8-3-4 3-8 3z").close("path");
        html.open("path", "d", "M4 19c4 0 4-3 8-3s4 3 8 3 4-3 8-3v7a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z", "class", "deep")
                .close("path");
        html.close("svg").element("span", "Forebay").close("a");
        html.open("nav", "aria-label", "Pages").open("ul");
        for (Entry entry : NAVIGATION) {
            String path = entry.path().isEmpty() && up.isEmpty() ? "./" : up + entry.path();
            boolean here = entry.title().equals(current);
            html.open("li")
                    .element("a", entry.title(), "href", path, here ? "aria-current" : "", "page")
                    .close("li");
        }
        html.close("ul").close("nav").close("div").close("header").line();
    }
}
