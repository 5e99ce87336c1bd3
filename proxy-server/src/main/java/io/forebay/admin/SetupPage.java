package io.forebay.admin;

import io.forebay.repository.Repository;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What to paste into an installer's settings.
 *
 * @param asked what the form was sent with
 */
record SetupPage(Collection<Repository> repositories, BaseUrl base, LocalDate today, Asked asked) {
    /**
     * The form's fields as they came; each may be anything.
     *
     * @param client see {@link Client#id}
     */
    record Asked(Optional<String> client, Optional<String> repository, Optional<String> date) {}

    /** The choice that the form shows: what was asked for as far as it fits together, else what comes first. */
    private record Choice(Client client, Repository repository, List<Repository> fitting) {}

    private Optional<Choice> choice() {
        Optional<Repository> wanted = asked.repository().flatMap(this::named);
        Optional<Client> client = asked.client()
                .flatMap(Client::of)
                .or(() -> clients().stream()
                        .filter(known -> wanted.isEmpty() || known.uses(wanted.get()))
                        .findFirst())
                .filter(clients()::contains)
                .or(() -> clients().stream().findFirst());
        return client.map(chosen -> {
            List<Repository> fitting =
                    repositories.stream().filter(chosen::uses).toList();
            return new Choice(chosen, wanted.filter(chosen::uses).orElse(fitting.get(0)), fitting);
        });
    }

    private Optional<Repository> named(String name) {
        return repositories.stream()
                .filter(repository -> repository.name().equals(name))
                .findFirst();
    }

    /** Those that some repository is for. */
    private List<Client> clients() {
        return List.of(Client.values()).stream()
                .filter(client -> repositories.stream().anyMatch(client::uses))
                .toList();
    }

    /** What is wrong with the date; empty when nothing is. */
    Optional<String> wrongDate() {
        String text = asked.date().orElse("");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            LocalDate date = LocalDate.parse(text);
            return date.isAfter(today) ? Optional.of("That day has not come yet.") : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.of("Dates are written like 2026-01-31.");
        }
    }

    void write(Html html) {
        html.open("section", "class", "hero small").element("h1", "Set up your installer");
        html.element("p", "Choose, copy, paste. From then on it installs through here.", "class", "lead");
        html.close("section").line();
        Optional<Choice> choice = choice();
        if (choice.isEmpty()) {
            html.element("p", "No repository is configured.");
            return;
        }
        html.open("div", "id", "setup");
        form(html, choice.get());
        result(html, choice.get());
        html.close("div").line();
    }

    private void form(Html html, Choice choice) {
        html.open("form", "method", "get", "class", "controls", "data-live", "setup");
        html.open("fieldset", "class", "chips").element("legend", "Client");
        for (Client client : clients()) {
            boolean chosen = client == choice.client();
            html.open("label", "class", "chip");
            html.open(
                    "input",
                    "type",
                    "radio",
                    "name",
                    "client",
                    "id",
                    "client-" + client.id(),
                    "value",
                    client.id(),
                    chosen ? "checked" : "",
                    "");
            html.element("span", client.label()).close("label").line();
        }
        html.close("fieldset");
        html.open("div", "class", "row");
        html.open("p", "class", "field").element("label", "Repository", "for", "repository");
        html.open("select", "name", "repository", "id", "repository");
        for (Repository repository : choice.fitting()) {
            boolean chosen = repository.name().equals(choice.repository().name());
            html.element("option", repository.name(), "value", repository.name(), chosen ? "selected" : "", "");
        }
        html.close("select").close("p");
        Optional<String> wrong = wrongDate();
        html.open("p", "class", "field").element("label", "As of (optional)", "for", "date");
        html.open(
                "input",
                "type",
                "date",
                "name",
                "date",
                "id",
                "date",
                "max",
                today.toString(),
                "value",
                asked.date().orElse(""),
                "aria-describedby",
                "date-note",
                wrong.isPresent() ? "aria-invalid" : "",
                "true");
        html.close("p");
        html.open("p", "class", "field script-off");
        html.element("button", "Show", "type", "submit", "class", "button")
                .close("p")
                .close("div");
        html.element(
                "p",
                wrong.orElse("A date gives the state at the end of that day (UTC), for good. None means the newest."),
                "id",
                "date-note",
                "class",
                wrong.isPresent() ? "error" : "muted");
        html.close("form").line();
    }

    private void result(Html html, Choice choice) {
        String snapshot = wrongDate().isPresent()
                ? "latest"
                : asked.date().filter(date -> !date.isEmpty()).orElse("latest");
        html.open("div", "class", "snippets");
        int number = 0;
        for (Snippet snippet : choice.client().lines(base, choice.repository(), snapshot)) {
            write(html, "lines-" + number++, snippet);
        }
        html.close("div").line();
    }

    /** Lines with a button that copies them. */
    static void write(Html html, String id, Snippet snippet) {
        html.open("figure", "class", "snippet").open("figcaption");
        html.element("span", snippet.where());
        html.element(
                "button",
                "Copy",
                "type",
                "button",
                "class",
                "copy script-on",
                "data-copy",
                id,
                "id",
                "copy-" + id,
                "aria-label",
                "Copy the lines for " + snippet.where());
        html.close("figcaption");
        html.open("pre", "tabindex", "0", "aria-label", snippet.where()).element("code", snippet.text(), "id", id);
        html.close("pre").close("figure").line();
    }
}
