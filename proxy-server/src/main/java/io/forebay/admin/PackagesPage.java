package io.forebay.admin;

import io.forebay.repository.Repository;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Search for packages.
 *
 * @param query as it came
 * @param in the repository to look in; empty for all
 * @param names how many there are to search
 */
record PackagesPage(
        Collection<Repository> repositories,
        String query,
        Optional<Repository> in,
        long names,
        List<KnownNames.Match> matches) {
    /** Matches on a page: more than anybody reads. */
    static final int MATCHES_MAX = 50;

    void write(Html html) {
        html.open("section", "class", "hero small").element("h1", "Packages").close("section");
        html.open("form", "method", "get", "role", "search", "class", "controls search", "data-live", "results");
        html.open("p", "class", "field grow").element("label", "Find by name", "for", "q");
        html.open(
                "input",
                "type",
                "search",
                "name",
                "q",
                "id",
                "q",
                "value",
                query,
                "maxlength",
                "200",
                "autocomplete",
                "off",
                "autocapitalize",
                "off",
                "spellcheck",
                "false",
                "placeholder",
                "numpy, ggplot2, \u2026",
                "autofocus",
                "");
        html.close("p");
        html.open("p", "class", "field").element("label", "In", "for", "repository");
        html.open("select", "name", "repository", "id", "repository");
        html.element("option", "all repositories", "value", "");
        for (Repository repository : repositories) {
            boolean chosen = in.filter(repository::equals).isPresent();
            html.element("option", repository.name(), "value", repository.name(), chosen ? "selected" : "", "");
        }
        html.close("select").close("p");
        html.open("p", "class", "field script-off").element("button", "Find", "type", "submit", "class", "button");
        html.close("p").close("form").line();
        html.open("section", "id", "results", "aria-label", "Results");
        html.element("p", summary(), "class", "muted", "role", "status");
        if (!matches.isEmpty()) {
            html.open("ul", "class", "matches");
            matches.forEach(match -> match(html, match));
            html.close("ul");
        }
        html.close("section").line();
    }

    private String summary() {
        if (query.isEmpty()) {
            return Amounts.count(names) + " names are known here.";
        }
        if (matches.isEmpty()) {
            return "Nothing known here is called so. An index is known once it was asked for through here.";
        }
        return matches.size() == 1
                ? "One match."
                : (matches.size() < MATCHES_MAX
                        ? matches.size() + " matches."
                        : "The first " + MATCHES_MAX + " matches.");
    }

    private static void match(Html html, KnownNames.Match match) {
        String name = match.found().name();
        html.open("li").open("a", "href", "packages/" + match.repository() + "/" + Site.encoded(name));
        html.element("span", name, "class", "name");
        html.element("span", match.repository() + (match.found().used() ? " \u00b7 used here" : ""), "class", "muted");
        html.close("a").close("li");
    }
}
